#!/usr/bin/env python3
"""What counting a call of the ORM costs, where it is called.

    tests/perf/orm_cost.py [--state DIR] [--requests N] [--json]

Starts nothing and changes nothing in the running stack: it makes a database of its own in the state's PostgreSQL and
serves requests in this process, as ``overhead.py`` does. Before each call of the ORM one of two functions with its
parameters that do nothing is called and timed, by turns: one that is wrapped as the ORM is, and a plain one. Their
difference is the cost of a call in its place, with the processor's caches as Odoo has left them; that of a loop of
nothing else is printed beside it.
"""

from __future__ import annotations

import functools
import inspect
import os
import statistics
import sys
import time
from pathlib import Path

import environment
import report

GOAL = 1.0  # µs a call


def main() -> None:
    options = _parse()
    environment.enter(options.state, __file__)
    load = os.getloadavg()[0]
    print("making a database …", file=sys.stderr)
    with (
        environment.database("odooops_perf_orm") as (database, directory),
        environment.receiver() as endpoint,
    ):
        rows = measure(database, directory, endpoint, options.requests)
    report.show([*rows, report.machine("orm_cost", load)], as_json=options.json)


def measure(database: str, directory: Path, endpoint: str, requests: int) -> list[dict]:
    import workloads

    from odoo.addons.odooops_otel.telemetry import runtime

    client = workloads.Client(database)
    found = workloads.workloads(client)
    for workload in found:
        workloads.check(workload, client)
    runtime.active = environment.telemetry({"OTEL_EXPORTER_OTLP_ENDPOINT": endpoint}, directory)
    rows = []
    for workload in found:
        count = max(2, int(requests * workload.share))
        rows += _rows(workload.name, _in_place(workload, count), count)
    rows.append(_row("in a loop", "a call", _in_a_loop(), goal=GOAL))
    runtime.active.shutdown()
    runtime.active = None
    return rows


def _in_place(workload, requests: int) -> dict[str, list[float]]:
    """Seconds of each kind of empty function before each call of the ORM."""
    from odoo.orm.models import BaseModel

    from odoo.addons.odooops_otel.telemetry import orm

    spent: dict[str, list[float]] = {"wrapped": [], "plain": []}
    originals = {}
    for name in (*orm._ON_RECORDS, *orm._FOR_RECORDS, *orm._FOR_NUMBERS):
        originals[name] = vars(BaseModel)[name]
        setattr(BaseModel, name, _timed(originals[name], spent))
    try:
        for _ in range(requests):
            workload.run()
    finally:
        for name, original in originals.items():
            setattr(BaseModel, name, original)
    return spent


def _functions(method) -> dict:
    """Functions with the parameters of a method that do nothing; calls of one are counted as those of ``write``."""
    from odoo.addons.odooops_otel.telemetry import forwarding, orm, runtime

    nothing = forwarding.make(method, "pass", {})
    make = orm.maker(runtime.active.settings)
    return {"wrapped": make("write", orm.Counted.RECORDS)(nothing), "plain": nothing}


def _timed(wrapped, spent: dict[str, list[float]]):
    """The method as it is, with one of the functions called and timed before it."""
    original = inspect.unwrap(wrapped)
    clock, turn, functions = time.perf_counter, [0], _functions(original)
    kinds = list(functions)

    @functools.wraps(original)
    def call(self, *args, **kwargs):
        kind = kinds[turn[0]]
        turn[0] = (turn[0] + 1) % len(kinds)
        function = functions[kind]
        started = clock()
        function(self, *args, **kwargs)
        spent[kind].append(clock() - started)
        return wrapped(self, *args, **kwargs)

    return call


def _rows(workload: str, spent: dict[str, list[float]], requests: int) -> list[dict]:
    seconds = statistics.median(spent["wrapped"]) - statistics.median(spent["plain"]) if spent["plain"] else 0
    calls = 2 * len(spent["plain"]) / requests
    return [
        _row(workload, "calls", calls, unit=""),
        _row(workload, "a call", seconds * 1e6, goal=GOAL, samples=len(spent["wrapped"])),
        _row(workload, "a request", seconds * calls * 1e6),
    ]


def _row(workload: str, figure: str, value: float, unit: str = "µs", **more) -> dict:
    return report.row("orm_cost", figure, value, unit, **more, workload=workload)


def _in_a_loop(rounds: int = 200_000) -> float:
    """Microseconds of a call in a loop of nothing else."""
    from odoo.orm.models import BaseModel

    from odoo.addons.odooops_otel.telemetry import runtime
    from odoo.addons.odooops_otel.telemetry.record import Record, current

    class Records:
        _name, _ids = "res.partner", (1, 2, 3)

    functions, records = _functions(inspect.unwrap(BaseModel.write)), Records()
    recorder = runtime.active.recorder
    token = current.set(Record(recorder.sampler, recorder.parts))
    seconds = {}
    for kind, function in functions.items():
        started = time.thread_time()
        for _ in range(rounds):
            function(records, None)
        seconds[kind] = (time.thread_time() - started) / rounds
    current.reset(token)
    return (seconds["wrapped"] - seconds["plain"]) * 1e6


def _parse():
    parser = report.parser(__doc__)
    parser.add_argument("--requests", type=int, default=200, help="requests a workload (default %(default)s)")
    return parser.parse_args()


if __name__ == "__main__":
    main()
