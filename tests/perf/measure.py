#!/usr/bin/env python3
"""All benchmarks, one after the other: prints their tables, and writes what docs/performance.md is made of.

    tests/perf/measure.py [--state DIR] [--only NAME] [--quick] [--output FILE]

Needs a stack that is up (``setup/up --core``) and a machine that has nothing else to do. Takes some forty minutes;
``--only`` measures one of them anew and leaves the figures of the others; ``--quick`` takes a third of the time, with
wider intervals. Then ``python3 docs/performance_page.py``
writes the tables of the page.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from pathlib import Path

import report

# How each is made quick
BENCHMARKS = {
    "overhead": ("--requests", "30"),
    "orm_cost": ("--requests", "60"),
    "otel_protocol": ("--seconds", "5"),
    "memory": ("--requests", "1000"),
    "latency": ("--rounds", "6", "--threads", "1", "--receiver", "up"),
}
FIGURES = report.ROOT / "docs" / "performance.jsonl"


def main() -> None:
    options = _parse()
    chosen = [name for name in BENCHMARKS if options.only in ("", name)]
    failed = [name for name in chosen if not _measure(name, options)]
    if failed:
        sys.exit(f"failed: {', '.join(failed)}; their figures are those of before")


def _measure(name: str, options: argparse.Namespace) -> bool:
    print(f"# {name}", flush=True)
    command = [sys.executable, str(Path(__file__).with_name(f"{name}.py")), "--json"]
    command += ["--state", options.state] if options.state else []
    command += BENCHMARKS[name] if options.quick else ()
    done = subprocess.run(command, check=False, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        return False
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    _keep(options.output, name, rows)
    report.show(rows, as_json=False)
    return True


def _keep(file: Path, name: str, rows: list[dict]) -> None:
    """Put the rows of a benchmark in the place of those of before."""
    before = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
    others = [row for row in map(json.loads, before) if row["benchmark"] != name]
    kept = sorted([*others, *rows], key=lambda row: list(BENCHMARKS).index(row["benchmark"]))
    lines = [json.dumps(row, ensure_ascii=False) + "\n" for row in kept]
    file.write_text("".join(lines), encoding="utf-8")


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--state", help="state directory of setup/up; default as setup/up")
    parser.add_argument("--only", default="", choices=BENCHMARKS, help="one benchmark")
    parser.add_argument("--quick", action="store_true", help="less of everything")
    parser.add_argument("--output", type=Path, default=FIGURES, help="default docs/performance.jsonl")
    return parser.parse_args()


if __name__ == "__main__":
    main()
