"""The state, its processes, the disk and the clock."""

import os
import shutil
import time
from collections.abc import Iterator
from pathlib import Path

from ..backends import prometheus
from ..commands import status
from .examination import OK, PROBLEM, WARNING, Failed, Patient, Result

MB = 1_000_000
FULL, NEARLY_FULL = 1000 * MB, 3000 * MB
DATA = ("postgres", "odoo/data", "prometheus", "loki", "tempo", "collector", "log")
WALK_SECONDS = 5.0
# Samples are as old as they are; a second or two is what reading the clocks takes.
FUTURE_SECONDS = 10.0


def state(patient: Patient) -> Iterator[Result]:
    """What setup/up wrote down."""
    stack = patient.stack
    kind = "core: metrics only" if stack.is_core else "whole"
    yield Result("state", OK, f"{stack.directory}, environment {stack.environment}, {kind}")


def processes(patient: Patient) -> Iterator[Result]:
    """Every process runs, and passes its own check."""
    for process in status.status(patient.stack.directory).processes:
        name = f"process {process.name}"
        log = patient.stack.log("odoo" if process.name == "odoo-evented" else process.name)
        if process.state == status.RUNNING:
            yield Result(name, OK, f"runs and answers at {process.listen} (process {process.pid})")
        else:
            remedy = f"the reason stands at the end of {log}; setup/up starts it again"
            yield Result(name, PROBLEM, f"is {process.state} (should listen at {process.listen})", remedy)


def disk(patient: Patient) -> Iterator[Result]:
    """Room on the file system of the state, and what takes it."""
    directory = patient.stack.directory
    usage = shutil.disk_usage(directory)
    largest = sorted(((_size(directory / name), name) for name in DATA), reverse=True)[:4]
    told = ", ".join(f"{name} {size // MB} MB" for size, name in largest if size >= MB)
    detail = f"{usage.free // MB} MB free of {usage.total // MB} MB; {told}"
    remedy = (
        f"free some on the file system of {directory}: PostgreSQL stops writing when it is full; "
        "setup/down, then setup/up --state DIR makes a stack elsewhere"
    )
    if usage.free < FULL:
        raise Failed(detail, remedy)
    is_low = usage.free < NEARLY_FULL
    yield Result("disk", WARNING if is_low else OK, detail, remedy if is_low else "")


def _size(directory: Path) -> int:
    """The bytes below a directory, as far as they can be counted in some seconds."""
    total, deadline = 0, time.monotonic() + WALK_SECONDS
    for parent, _names, files in os.walk(directory):
        for file in files:
            try:
                total += os.lstat(os.path.join(parent, file)).st_blocks * 512
            except OSError:
                continue  # it went away meanwhile
        if time.monotonic() > deadline:
            break
    return total


def clock(patient: Patient) -> Iterator[Result]:
    """Prometheus holds nothing from the future: it would refuse what comes now as too old."""
    head = prometheus.section(patient.stack.server("prometheus"), "status/tsdb")["headStats"]
    ahead = head["maxTime"] / 1000 - time.time()
    if ahead > FUTURE_SECONDS:
        raise Failed(
            f"Prometheus holds samples that are {ahead:.0f} s in the future: the clock was set back",
            "set the clock right (timedatectl status); alerts look at the wrong samples until then",
        )
    yield Result("clock", OK, "no sample in Prometheus is from the future")
