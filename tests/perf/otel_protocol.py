#!/usr/bin/env python3
"""OpenTelemetry's performance benchmark: CPU and memory of 10,000 spans a second with 10 attributes each.

    tests/perf/otel_protocol.py [--state DIR] [--seconds N] [--rate N] [--subject TEXT] [--json]

https://opentelemetry.io/docs/specs/otel/performance-benchmark/ for the recorder, for OpenTelemetry's API as
the product sends what other libraries make, and for the SDK with its own processors and exporter. Needs the
Python environment of setup/up, and nothing that runs. Each subject is a process of its own, and so is the
receiver, which counts what arrives and answers at once. About a minute and a half.

* CPU: of the whole process, in % of one core: mean ± standard deviation of the seconds measured. ``pacing alone``
  makes no spans: what the benchmark itself takes
* CPU a span: of all that was used until everything was sent, less what pacing takes
* memory: private memory, at its greatest, less what the process had before it began telemetry
* made, delivered: spans a second, and the share of them that the receiver got. One that is not fast enough makes
  fewer (simple processor) or loses some (full queue)
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
import uuid
from collections.abc import Callable
from pathlib import Path

import environment
import report
import subjects

SLOTS = 100  # in which a second is divided
LATE = 0.2  # s
MIB = 1024 * 1024
# Both kinds of queue are larger and emptied oftener than by default: so many spans come in a tenth of a second
# that the defaults (2048, five seconds) would have a part of them dropped.
VARIABLES = {
    "OTEL_TRACES_SAMPLER": "always_on",
    "OTEL_BSP_SCHEDULE_DELAY": "100",
    "OTEL_BSP_MAX_QUEUE_SIZE": "20480",
    "OTEL_METRIC_EXPORT_INTERVAL": "60000",
    "OTEL_SERVICE_NAME": "s" * 10,
    "OTEL_RESOURCE_ATTRIBUTES": f"service.version={'v' * 10},service.instance.id={uuid.uuid4()}",
}


def main() -> None:
    options = _parse()
    environment.enter(options.state, __file__)
    if options.child:
        print(json.dumps(measure(options.child, options.rate, options.seconds)))
        return
    load = os.getloadavg()[0]
    chosen = [name for name in subjects.SUBJECTS if options.subject in name]
    if not chosen:
        sys.exit(f"--subject {options.subject}: none of {list(subjects.SUBJECTS)}")
    rows, pacing = [], 0.0
    for name in chosen:
        print(f"{name} …", file=sys.stderr)
        with environment.receiver("count") as endpoint:
            measured = _run(name, endpoint, options)
            with urllib.request.urlopen(endpoint, timeout=10) as answer:
                received = json.loads(answer.read())["spans"]
        if name == subjects.NOTHING:
            pacing = measured["seconds"] / max(1, measured["made"])
        rows += _rows(name, measured, received, pacing)
    report.show([*rows, report.machine("otel_protocol", load)], as_json=options.json)


def _run(name: str, endpoint: str, options) -> dict:
    """The child's figures."""
    command = [sys.executable, "-W", "ignore", __file__, "--child", name]
    command += ["--rate", str(options.rate), "--seconds", str(options.seconds)]
    variables = {**os.environ, **VARIABLES, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
    limit = options.seconds * 3 + 60
    done = subprocess.run(
        command, env=variables, stdout=subprocess.PIPE, text=True, check=True, timeout=limit
    )
    return json.loads(done.stdout)


def measure(name: str, rate: int, seconds: float) -> dict:
    """In the child: make spans at a pace, then send what is left."""
    import psutil

    with tempfile.TemporaryDirectory() as directory:
        environment.configure()
        # What every process of Odoo has loaded, telemetry or not.
        import odoo.addons.odooops_otel.telemetry.runtime  # noqa: F401

        process = psutil.Process()
        before = process.memory_full_info().uss
        make, end = subjects.SUBJECTS[name](Path(directory))
        warm = pace(make, rate, 1.0)
        started, at = time.process_time(), time.monotonic()
        made, shares, greatest = 0, [], before
        for _ in range(round(seconds)):
            used, began = time.process_time(), time.monotonic()
            made += pace(make, rate, 1.0)
            shares.append((time.process_time() - used) / (time.monotonic() - began) * 100)
            greatest = max(greatest, process.memory_full_info().uss)
        took = time.monotonic() - at
        end()
        used = time.process_time() - started
    return {
        "made": made,
        "warm": warm,
        "seconds": used,
        "shares": shares,
        "memory": (greatest - before) / MIB,
        "took": took,
    }


def pace(make: Callable[[], object], rate: int, seconds: float) -> int:
    """Call ``make`` so many times a second, evenly; how many there were. What is later than LATE is left out."""
    count, slot = 0, time.monotonic()
    end = slot + seconds
    while slot < end:
        for _ in range(rate // SLOTS):
            make()
        count += rate // SLOTS
        slot = max(slot + 1 / SLOTS, time.monotonic() - LATE)
        time.sleep(max(0.0, slot - time.monotonic()))
    return count


def _rows(name: str, measured: dict, received: int, pacing: float) -> list[dict]:
    shares, made = measured["shares"], measured["made"]

    def row(figure: str, value: float, unit: str, **more) -> dict:
        return report.row("otel_protocol", figure, value, unit, samples=len(shares), subject=name, **more)

    deviation = statistics.stdev(shares) if len(shares) > 1 else None
    rows = [
        row("CPU", statistics.mean(shares), "%", noise=deviation),
        row("CPU at most", max(shares), "%"),
        row("memory", measured["memory"], "MiB"),
        row("made", made / measured["took"], "spans/s"),
    ]
    if name == subjects.NOTHING:
        return rows
    # The receiver has those of the second that warmed up, too.
    delivered = min(100.0, received / (made + measured["warm"]) * 100)
    cost = max(0.0, measured["seconds"] / made - pacing)
    return [*rows, row("delivered", delivered, "%"), row("CPU a span", cost * 1e6, "µs")]


def _parse():
    parser = report.parser(__doc__)
    parser.add_argument("--seconds", type=float, default=15, help="each subject (default %(default)s)")
    parser.add_argument("--rate", type=int, default=10_000, help="spans a second (default %(default)s)")
    parser.add_argument("--subject", default="", help="only the subjects with this in their name")
    parser.add_argument("--child", help="(internal) be the process of this subject")
    return parser.parse_args()


if __name__ == "__main__":
    main()
