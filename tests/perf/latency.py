#!/usr/bin/env python3
"""Whether a request waits for telemetry: wall time with a receiver that is up, refuses, is slow, or silent.

    tests/perf/latency.py [--state DIR] [--rounds N] [--threads 1,8] [--receiver TEXT] [--json]

Every request is kept with every statement, so that there is as much to send as there can be. It makes a database
of its own in the running stack's PostgreSQL and serves requests in this process, by one thread and by eight, which
share the interpreter's lock with those that count and send traces (metrics are not sent). Each round has five seconds
without telemetry and five of each receiver, in turn: as long as traces wait, so that all that is recorded in the one
is counted and sent in it.
About twenty minutes; progress goes to standard error.

* change: of the median and of the 99th percentile against no telemetry, in %, with the interval of 95 % that a
  block bootstrap over the rounds gives. Goal: the interval includes 0 and is at most ± 5 %
* ``off again`` is no telemetry against itself: what cannot be told apart on this machine
* slow: the receiver answers after five seconds; blackholed: it does not even take the connection. What waits is let
  go of at the end of a block: the beginning of an outage is measured, not a full queue
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
import time

import environment
import estimate
import report
import variants

# As long as traces wait (OTEL_BSP_SCHEDULE_DELAY): what is sent within is as much as what is recorded.
SECONDS = 5.0
GOAL = 5.0
P50, P99 = (functools.partial(estimate.quantile, share=share) for share in (0.5, 0.99))
RECEIVERS = {"up": "answer", "refused": "refused", "slow": "slow", "blackholed": "blackholed"}
OFF = "off"


def main() -> None:
    options = _parse()
    environment.enter(options.state, __file__)
    load = os.getloadavg()[0]
    print("making a database …", file=sys.stderr)
    with environment.database("odooops_perf") as (database, directory), contextlib.ExitStack() as stack:
        endpoints = {
            name: stack.enter_context(environment.receiver(mode))
            for name, mode in RECEIVERS.items()
            if options.receiver in name
        }
        if not endpoints:
            sys.exit(f"--receiver {options.receiver}: none of {list(RECEIVERS)}")
        bench = Bench(database, directory, endpoints)
        rows = []
        for threads in options.threads:
            blocks = bench.run(threads, options.rounds)
            rows += [row for name in blocks if name != OFF for row in _rows(threads, name, blocks)]
    report.show([*rows, report.machine("latency", load)], as_json=options.json)


class Bench:
    """No telemetry and telemetry with each receiver, in one process."""

    def __init__(self, database: str, directory, endpoints: dict[str, str]):
        import workloads

        patches = variants.Patches()
        patches.take_out()
        client = workloads.Client(database)
        self._workload = workloads.workloads(client)[0]
        self._variants = [variants.Variant(OFF), variants.Variant("off again")]
        for name, endpoint in endpoints.items():
            settings = {**variants.EVERY, "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}
            self._variants.append(variants.Ours(name, settings, patches, directory))
        for variant in self._variants:
            variant.begin()

    def run(self, threads: int, rounds: int) -> dict[str, list[list[float]]]:
        """Wall times of requests in s, by variant and round."""
        blocks: dict[str, list[list[float]]] = {variant.name: [] for variant in self._variants}
        order = list(self._variants)
        for number in range(rounds + 1):
            print(f"{threads} threads, round {number} of {rounds} …", file=sys.stderr)
            for variant in order:
                variant.enter()
                # Only after it there is as much to send as later, and caches are filled
                self._block(threads)
                block = self._block(threads)
                variant.leave()
                variant.forget()
                # The first round fills caches, connections and queues.
                if number:
                    blocks[variant.name].append(block)
            # Against what the one before leaves behind.
            order = [*order[1:], order[0]]
        return blocks

    def _block(self, threads: int) -> list[float]:
        """Wall times of the requests that so many threads make in ``SECONDS``."""
        times: list[float] = []
        end = time.monotonic() + SECONDS
        workers = [threading.Thread(target=self._serve, args=(end, times)) for _ in range(threads)]
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return times

    def _serve(self, end: float, times: list[float]) -> None:
        self._workload.run()  # a thread's first request makes what the thread keeps
        while time.monotonic() < end:
            run = self._workload.prepare()
            started = time.perf_counter()
            run()
            times.append(time.perf_counter() - started)


def _rows(threads: int, name: str, blocks: dict[str, list[list[float]]]) -> list[dict]:
    pairs = list(zip(blocks[OFF], blocks[name], strict=True))
    times = [value for block in blocks[name] for value in block]
    rows = []
    for figure, statistic in (("p50", P50), ("p99", P99)):
        change, low, high = estimate.change(pairs, statistic)
        row = functools.partial(
            report.row, "latency", samples=len(times), threads=str(threads), receiver=name
        )
        rows.append(row(figure, statistic(times) * 1e3, "ms"))
        met = low <= 0 <= high and low >= -GOAL and high <= GOAL
        rows.append(row(f"{figure} change", change, "%", goal=GOAL, met=met, noise=(high - low) / 2))
    return rows


def _parse():
    parser = report.parser(__doc__)
    parser.add_argument("--rounds", type=int, default=10, help="default %(default)s")
    parser.add_argument(
        "--threads",
        type=lambda text: [int(each) for each in text.split(",")],
        default=[1, 8],
        help="how many serve requests (default 1,8)",
    )
    parser.add_argument("--receiver", default="", help="only the receivers with this in their name")
    return parser.parse_args()


if __name__ == "__main__":
    main()
