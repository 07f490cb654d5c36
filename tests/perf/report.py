"""What a benchmark says: rows, as JSON lines or as the tables of docs/performance.md."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def parser(doc: str | None) -> argparse.ArgumentParser:
    """The options that every benchmark has."""
    made = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.add_argument("--state", help="state directory of setup/up; default as setup/up")
    made.add_argument("--json", action="store_true", help="one JSON object a line instead of a table")
    return made


def row(
    benchmark: str,
    figure: str,
    value: float,
    unit: str,
    *,
    goal: float | None = None,
    at_least: bool = False,
    met: bool | None = None,
    samples: int | None = None,
    noise: float | None = None,
    **labels: str,
) -> dict:
    """One figure of a benchmark.

    :param goal: in the same unit; what the value must not exceed, or with ``at_least`` not fall below
    :param met: where the goal is more than a bound
    :param noise: half-width of the value's 95 % interval, or a standard deviation where the page says so
    :param labels: what was measured: workload, variant …
    """
    if met is None:
        met = goal is None or (value >= goal if at_least else value <= goal)
    name = ".".join([benchmark, *labels.values(), figure])
    result = {"name": name, "value": _rounded(value), "unit": unit, "goal": _rounded(goal), "met": met}
    result |= {"samples": samples, "noise": _rounded(noise)}
    return result | {"benchmark": benchmark, "figure": figure, "at_least": at_least, "labels": labels}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.4g}")


def machine(benchmark: str, load: float) -> dict:
    """Where it ran: how fast, and how busy at its beginning (processes that run or want to, of a minute)."""
    python = platform.python_version()
    found = row(benchmark, "processors", os.cpu_count() or 0, "", python=python)
    return found | {"python": python, "load": round(load, 2), "call": round(_nanoseconds_of_a_call(), 1)}


def _nanoseconds_of_a_call(tries: int = 20, calls: int = 100_000) -> float:
    """Of a function that does nothing, the quickest try: what tells machines apart."""

    def nothing():
        pass

    def one() -> float:
        started = time.thread_time()
        for _ in range(calls):
            nothing()
        return time.thread_time() - started

    return min(one() for _ in range(tries)) / calls * 1e9


def show(rows: list[dict], *, as_json: bool) -> None:
    if as_json:
        for each in rows:
            print(json.dumps(each, ensure_ascii=False))
        return
    sys.path.insert(1, str(ROOT / "docs"))
    from performance_tables import tables

    print(tables(rows))
