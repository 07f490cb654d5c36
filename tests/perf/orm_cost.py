#!/usr/bin/env python3
"""What counting a call of the ORM costs, where it is called.

    tests/perf/orm_cost.py [--state DIR] [--requests N] [--json]

Starts nothing and changes nothing in the running stack: it makes a database of its own in the state's PostgreSQL and
serves requests in this process, as ``overhead.py`` does. Before each call of the ORM one of two functions
that do nothing is called and timed, by turns: one that is wrapped as the ORM is, and a plain one. Their difference is
the cost of a call in its place, with the processor's caches as Odoo has left them; that of a loop of nothing else is
printed beside it.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import sys
import time
from pathlib import Path

import environment

GOAL = 1.0  # µs a call


def main() -> None:
    options = _parse()
    environment.enter(options.state, __file__)
    print("making a database …", file=sys.stderr)
    with (
        environment.database("odooops_perf_orm") as (database, directory),
        environment.receiver() as endpoint,
    ):
        rows = measure(database, directory, endpoint, options.requests)
    for row in rows:
        print(json.dumps(row) if options.json else _line(row))


def measure(database: str, directory: Path, endpoint: str, requests: int) -> list[dict]:
    import overhead
    import workloads

    from odoo.addons.odooops_otel.telemetry import runtime

    found = workloads.workloads(workloads.Client(database))
    for workload in found:
        workloads.check(workload, client)
    runtime.active = overhead._telemetry("default", directory, endpoint)
    rows = []
    for workload in found:
        spent = _in_place(workload, max(2, int(requests * workload.share)))
        rows.append(_row(workload.name, spent, max(2, int(requests * workload.share))))
    rows.append(_hot())
    runtime.active = None
    return rows


def _in_place(workload, requests: int) -> dict[str, list[float]]:
    """Seconds of each kind of empty function before each call of the ORM."""
    import workloads

    from odoo.orm.models import BaseModel

    from odoo.addons.odooops_otel.telemetry import orm

    spent: dict[str, list[float]] = {"wrapped": [], "plain": []}
    functions = _functions(orm)
    originals = {}
    for name in (*orm._ON_RECORDS, *orm._FOR_RECORDS, *orm._FOR_NUMBERS):
        originals[name] = vars(BaseModel)[name]
        setattr(BaseModel, name, _timed(originals[name], functions, spent))
    try:
        for _ in range(requests):
            workloads.call(workload.environ())
    finally:
        for name, original in originals.items():
            setattr(BaseModel, name, original)
    return spent


def _functions(orm) -> dict:
    """The functions that do nothing; calls of the wrapped one are counted as creations of records."""

    def nothing(self, *args, **kwargs):
        pass

    return {"wrapped": orm._on_records(0)(nothing), "plain": nothing}


def _timed(original, functions: dict, spent: dict[str, list[float]]):
    """The original, with one of the functions called and timed before it."""
    clock, turn = time.perf_counter, [0]
    kinds = list(functions)

    @functools.wraps(original)
    def call(self, *args, **kwargs):
        kind = kinds[turn[0]]
        turn[0] = (turn[0] + 1) % len(kinds)
        function = functions[kind]
        started = clock()
        function(self, *args, **kwargs)
        spent[kind].append(clock() - started)
        return original(self, *args, **kwargs)

    return call


def _row(workload: str, spent: dict[str, list[float]], requests: int) -> dict:
    value = (statistics.median(spent["wrapped"]) - statistics.median(spent["plain"])) * 1e6
    calls = 2 * len(spent["plain"]) / requests
    return {
        "name": f"orm.{workload}.call",
        "value": round(value, 3),
        "unit": "µs",
        "goal": GOAL,
        "met": value <= GOAL,
        "samples": len(spent["wrapped"]),
        "noise": None,
        "calls": round(calls, 1),
    }


def _hot(rounds: int = 200_000) -> dict:
    """The same in a loop of nothing else."""
    from odoo.addons.odooops_otel.telemetry import orm, runtime
    from odoo.addons.odooops_otel.telemetry.record import Record, current

    class Records:
        _name, _ids = "res.partner", (1, 2, 3)

    functions, records = _functions(orm), Records()
    token = current.set(Record(runtime.active.recorder.sampler))
    seconds = {}
    for kind, function in functions.items():
        started = time.thread_time()
        for _ in range(rounds):
            function(records)
        seconds[kind] = (time.thread_time() - started) / rounds
    current.reset(token)
    value = (seconds["wrapped"] - seconds["plain"]) * 1e6
    return {
        "name": "orm.loop.call",
        "value": round(value, 3),
        "unit": "µs",
        "goal": GOAL,
        "met": value <= GOAL,
        "samples": rounds,
        "noise": None,
        "calls": None,
    }


def _line(row: dict) -> str:
    calls = f"{row['calls']:g} calls a request" if row["calls"] else "in a loop"
    return f"{row['name']}: {row['value']:.2f} µs (≤ {row['goal']:g}), {calls}, {row['samples']} samples"


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--state", help="state directory of setup/up; default as setup/up")
    parser.add_argument("--requests", type=int, default=200, help="requests a workload (default %(default)s)")
    parser.add_argument("--json", action="store_true", help="one JSON object a line")
    return parser.parse_args()


if __name__ == "__main__":
    main()
