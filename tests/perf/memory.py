#!/usr/bin/env python3
"""Private memory that telemetry takes of a worker, with a receiver and without, and whether it grows.

    tests/perf/memory.py [--state DIR] [--requests N] [--case TEXT] [--json]

It makes a database of its own in the running stack's PostgreSQL, loads Odoo once and forks a worker for each case, as
Odoo's prefork server does; then it starts such a server (``recycling.py``). About nine minutes; progress goes to
standard error.

* private: memory that no other process shares (USS), at the end; added: more than the worker without telemetry
* virtual: address space that telemetry adds to a worker of such a server, which counts against ``limit_memory_soft``
* growth: bytes a request over the last two thirds of the requests, by the least-squares line, with the half-width of
  its 95 % interval. Goal: no more than without telemetry, as far as that can be told
* full queue: nobody receives, so that as many kept requests wait as may
"""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import statistics
import sys

import environment
import estimate
import report
import variants

MIB = 1024 * 1024
SAMPLES = 30
SMALL, FULL = 10.0, 20.0  # MiB: issue 6


@dataclasses.dataclass(frozen=True)
class Case:
    """A worker: its settings (None: no telemetry), what it serves, and who receives."""

    settings: dict[str, str] | None
    workload: str = "web_search_read 80"
    receiver: str = "answer"
    share: float = 1.0
    goal: float = SMALL


OFF = "off"
HEAVY = "server action > 100 SQL"
CASES: dict[str, Case] = {
    OFF: Case(None),
    "default": Case({}),
    "100 %, every statement": Case(variants.EVERY),
    "full queue": Case(variants.EVERY, receiver="refused", goal=FULL),
    "off, server actions": Case(None, HEAVY, share=0.2),
    "full queue, server actions": Case(variants.EVERY, HEAVY, "refused", 0.2, FULL),
}


def main() -> None:
    options = _parse()
    environment.enter(options.state, __file__)
    import recycling

    load = os.getloadavg()[0]
    print("making a database …", file=sys.stderr)
    with environment.database("odooops_perf") as (database, directory):
        master = Master(database, directory)
        measured = {}
        for name, case in CASES.items():
            if options.case in name or case.settings is None:
                print(f"{name} …", file=sys.stderr)
                with environment.receiver(case.receiver) as endpoint:
                    measured[name] = master.worker(case, endpoint, int(options.requests * case.share))
        rows = [row for name in measured for row in _rows(name, measured)]
        if options.case in recycling.NAME:
            print(f"{recycling.NAME} …", file=sys.stderr)
            rows += recycling.rows(database, directory)
    report.show([*rows, report.machine("memory", load)], as_json=options.json)


class Master:
    """Odoo with a warm registry, which serves nothing itself."""

    def __init__(self, database: str, directory):
        import workloads

        import odoo

        self._directory, self._close = directory, odoo.sql_db.close_all
        self._patches = variants.Patches()
        self._patches.take_out()
        client = workloads.Client(database)
        self._workloads = {workload.name: workload for workload in workloads.workloads(client)}
        for workload in self._workloads.values():
            workloads.check(workload, client)
        self._close()
        gc.collect()

    def worker(self, case: Case, endpoint: str, requests: int) -> dict:
        """What a forked worker says of itself."""
        # Here, as a server does before it forks: a class that is changed touches all that inherit from it.
        if case.settings is None:
            self._patches.take_out()
        else:
            self._patches.put_in()
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            status = 1
            try:
                os.close(reading)
                with os.fdopen(writing, "w") as stream:
                    json.dump(self._serve(case, endpoint, requests), stream)
                status = 0
            finally:
                # Nothing of the master's is to be cleaned up here.
                os._exit(status)
        os.close(writing)
        with os.fdopen(reading) as stream:
            said = stream.read()
        if os.waitpid(child, 0)[1]:
            sys.exit("a worker failed; its error is above")
        return json.loads(said)

    def _serve(self, case: Case, endpoint: str, requests: int) -> dict:
        import psutil

        process, each = psutil.Process(), max(1, requests // SAMPLES)
        if case.settings is not None:
            settings = {"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint, **case.settings}
            variant = variants.Ours("worker", settings, self._patches, self._directory)
            variant.begin()
            variant.activate()
        workload, counts, sizes = self._workloads[case.workload], [], []
        for number in range(1, requests + 1):
            workload.run()
            if not number % each:
                counts.append(number)
                sizes.append(process.memory_full_info().uss)
        queue = 0
        if case.settings is not None:
            variant.telemetry.recorder.drain()
            queue = len(variant.telemetry.recorder.aggregator.queue)
        return {"counts": counts, "sizes": sizes, "queue": queue}


def _rows(name: str, measured: dict[str, dict]) -> list[dict]:
    found, case = measured[name], CASES[name]
    is_off, off = case.settings is None, measured[OFF if case.share == 1 else "off, server actions"]

    def row(figure: str, value: float, unit: str, **more) -> dict:
        return report.row("memory", figure, value, unit, samples=found["counts"][-1], case=name, **more)

    private = _at_end(found)
    rows = [row("private", private / MIB, "MiB")]
    if not is_off:
        rows.append(row("added", (private - _at_end(off)) / MIB, "MiB", goal=case.goal))
        rows.append(row("requests waiting", found["queue"], ""))
    if case.receiver != "refused":
        growth, half = _growth(found)
        most = _growth(off)[0] + half + _growth(off)[1]
        rows.append(row("growth", growth, "B a request", noise=half, met=is_off or growth <= most))
    return rows


def _at_end(found: dict) -> float:
    """Bytes: the median of the last tenth."""
    return statistics.median(found["sizes"][-max(1, SAMPLES // 10) :])


def _growth(found: dict) -> tuple[float, float]:
    """Bytes a request, and the half-width of the interval."""
    first = len(found["sizes"]) // 3
    return estimate.slope(found["counts"][first:], found["sizes"][first:])


def _parse():
    parser = report.parser(__doc__)
    parser.add_argument("--requests", type=int, default=9000, help="each worker (default %(default)s)")
    parser.add_argument(
        "--case", default="", help="only the cases with this in their name, and those without telemetry"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
