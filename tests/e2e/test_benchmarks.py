"""The benchmarks run against what there is: their figures are measured elsewhere, and on a machine that is idle."""

import json
import subprocess

import pytest
from stacks import Stack

pytestmark = pytest.mark.slow


def figures(stack: Stack, name: str, *arguments: str) -> dict[str, float]:
    """What a benchmark prints, by the name of the figure."""
    command = [stack.checkout / "tests" / "perf" / name, "--state", stack.directory, "--json", *arguments]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr
    rows = map(json.loads, done.stdout.splitlines())
    return {row["name"]: row["value"] for row in rows}


def test_opentelemetrys_benchmark_sends_what_the_recorder_makes(stack):
    found = figures(stack, "otel_protocol.py", "--subject", "recorder", "--seconds", "1", "--rate", "500")

    assert found["otel_protocol.recorder.delivered"] == 100


def test_the_cost_of_a_call_of_the_orm_is_told_for_each_workload(stack):
    found = figures(stack, "orm_cost.py", "--requests", "4")

    assert found["orm_cost.server action > 100 SQL.calls"] > 100
    assert found["orm_cost.in a loop.a call"] > 0
