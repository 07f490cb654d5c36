#!/usr/bin/env python3
"""What the recorder costs a request: self-timed, in the background, and as A/B, beside what others cost.

    tests/perf/overhead.py [--state DIR] [--requests N] [--workload TEXT] [--without-others] [--json]

Changes nothing in the stack, which must be running for its PostgreSQL: it makes a database of its own there,
serves requests in this process, and sends what is recorded to a receiver in another process. Takes
about ten minutes; progress goes to standard error.

* A/B: difference of the medians of the request thread's CPU, with 95 % interval. The variants
  take turns in blocks of five requests, so that they share whatever the machine is doing;
  ``off again`` is A/A and shows the noise
* self-timed: wall time that the request thread spends inside the recorder, per request
* background: CPU of the variant's own threads, per request. Both are taken while it runs alone. An export of
  metrics, each ten seconds whatever is served meanwhile, is measured by itself; each request has its part of it
* share: self-timed and background together, of the CPU of the request without telemetry; of what does
  not time itself, A/B and background
* times cheaper: that sum of the stock instrumentation, divided by ours
"""

from __future__ import annotations

import contextlib
import os
import sys
import time
from pathlib import Path

import costs
import environment
import in_place
import packages
import report
import variants

BLOCK = 5
# Seconds for which a variant runs alone, at least: a batch of spans holds what was kept in half as many.
ALONE = 10.0
# Seconds from one export of metrics to the next, by default.
INTERVAL = 10.0


def main() -> None:
    options = _parse()
    environment.enter(options.state, __file__, others=not options.without_others)
    load = os.getloadavg()[0]
    print("making a database …", file=sys.stderr)
    with environment.database("odooops_perf") as (database, directory), environment.receiver() as endpoint:
        bench = Bench(database, directory, endpoint)
        chosen = [workload for workload in bench.workloads if options.workload in workload.name]
        if not chosen:
            sys.exit(f"--workload {options.workload}: none of {[w.name for w in bench.workloads]}")
        rows = bench.run_all(chosen, options.requests, others=not options.without_others)
    report.show([*rows, report.machine("overhead", load)], as_json=options.json)


class Bench:
    """The variants side by side in one process."""

    def __init__(self, database: str, directory: Path, endpoint: str):
        import workloads

        self._patches = variants.Patches()
        self._patches.take_out()
        client = workloads.Client(database)
        self.workloads = workloads.workloads(client)
        for workload in self.workloads:
            workloads.check(workload, client)
        self._endpoint, self._registry, self._directory = endpoint, client.registry, directory
        self._statements: dict[str, float] = {}
        # By variant: seconds of exports of metrics
        self._exports: dict[str, list[float]] = {}

    def run_all(self, chosen: list, requests: int, *, others: bool) -> list[dict]:
        """All figures. What stays in a process once it was there comes last."""
        ours = [
            variants.Ours(
                name, {"OTEL_EXPORTER_OTLP_ENDPOINT": self._endpoint, **more}, self._patches, self._directory
            )
            for name, more in variants.OURS.items()
        ]
        second = []
        if others:
            packages.add()
            second = [variants.Sentry(self._endpoint)]
            ours.append(variants.Stock(self._endpoint, self._registry))
        rows = self._run(chosen, [variants.Variant("off again"), *ours], requests)
        rows += self._run(chosen, second, requests) if second else []
        order = [workload.name for workload in chosen]
        rows.sort(key=lambda row: order.index(row["labels"]["workload"]))
        return [*rows, *costs.lines(rows, self._exports)]

    def _run(self, chosen: list, compared: list[variants.Variant], requests: int) -> list[dict]:
        for variant in compared:
            variant.start(lambda: [self.workloads[0].run() for _ in range(BLOCK)])
        rows = []
        for number, workload in enumerate(chosen, 1):
            print(f"{number}/{len(chosen)} {workload.name} …", file=sys.stderr)
            seen = [variant for variant in compared if workload.is_request or variant.covers_jobs]
            rows += self._workload(workload, seen, requests) if seen else []
        for variant in compared:
            variant.end()
        return rows

    def _workload(self, workload, compared: list[variants.Variant], requests: int) -> list[dict]:
        count = max(2 * BLOCK, int(requests * workload.share) // BLOCK * BLOCK)
        off = variants.Variant("off")
        cpu = self._by_turns(workload, [off, *compared], count // BLOCK)
        hook = self._hook(compared, workload)
        for variant in compared:
            variant.settle()
        alone = {variant.name: self._alone(variant, workload, count, hook) for variant in compared}
        measured = [costs.Measured(name, cpu[name], *alone[name]) for name in alone]
        rows = costs.rows(workload.name, self._statements.pop(workload.name, None), cpu["off"], measured)
        each = {one.variant: costs.cost(cpu["off"], one) for one in measured}
        return rows + (
            costs.cheaper(workload.name, each[variants.STOCK], each) if variants.STOCK in each else []
        )

    def _by_turns(self, workload, compared: list[variants.Variant], rounds: int) -> dict[str, list[float]]:
        """CPU seconds of the request thread for each request of each variant."""
        cpu: dict[str, list[float]] = {variant.name: [] for variant in compared}
        for number in range(rounds + 1):
            for variant in compared:
                variant.enter()
                # The first of a block finds the interpreter's caches of what has just been put in place empty.
                block = [_seconds(workload) for _ in range(BLOCK + 1)][1:]
                variant.leave()
                # The first round warms what else there is to warm.
                cpu[variant.name] += block if number else []
            compared = [*compared[1:], compared[0]]
        return cpu

    def _alone(self, variant, workload, count: int, hook: float) -> tuple[float | None, float | None]:
        """Background and self-timed seconds of one request of a variant; None for what it does not have."""
        if type(variant) is variants.Variant:
            return None, None
        if not isinstance(variant, variants.Ours):
            return self._spent(variant, workload, count, lambda: 0.0)[0], None
        before = variant.statements()
        counting = (
            contextlib.nullcontext() if workload.is_request else in_place.counted(variant.telemetry.recorder)
        )
        with counting:
            background, self_timed, each, done = self._spent(variant, workload, count, variant.self_timed)
        statements = (variant.statements() - before) / done
        self._statements[workload.name] = statements
        export = variant.export()
        self._exports.setdefault(variant.name, []).append(export)
        return background + export * each / INTERVAL, self_timed + statements * hook

    @staticmethod
    def _spent(variant, workload, count: int, also) -> tuple[float, float, float, int]:
        """Seconds a request: CPU in the background, by what a counter (``also``) has grown, and by the wall.

        :return: and how many requests there were, at least ``count``
        """
        before = variant.background(), also()
        variant.enter()
        began = time.perf_counter()
        done = 0
        while done < count or time.perf_counter() - began < ALONE:
            workload.run()
            done += 1
        seconds = time.perf_counter() - began
        variant.leave()
        variant.settle()
        return (variant.background() - before[0]) / done, (also() - before[1]) / done, seconds / done, done

    @staticmethod
    def _hook(compared: list[variants.Variant], workload) -> float:
        """Seconds in the statement hook, which is the same in all of ours."""
        for variant in compared:
            if isinstance(variant, variants.Ours):
                variant.enter()
                seconds = in_place.hook_seconds(variant.telemetry.recorder, workload.run)
                variant.leave()
                return seconds
        return 0.0


def _seconds(workload) -> float:
    """CPU seconds of this thread for one request."""
    run = workload.prepare()
    started = time.thread_time()
    run()
    return time.thread_time() - started


def _parse():
    parser = report.parser(__doc__)
    parser.add_argument("--requests", type=int, default=100, help="requests a variant (default %(default)s)")
    parser.add_argument("--workload", default="", help="only the workloads with this in their name")
    parser.add_argument(
        "--without-others", action="store_true", help="ours alone; needs no packages besides the stack's"
    )
    return parser.parse_args()


if __name__ == "__main__":
    main()
