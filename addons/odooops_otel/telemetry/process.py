"""What the operating system, the interpreter and Odoo's configuration know of this process."""

from __future__ import annotations

import gc
import os
import resource
import time
from collections.abc import Iterator

from odoo.tools import config

from ..tools import semconv
from ..tools.observation import Observation

_PAGE = resource.getpagesize()
_TICKS = os.sysconf("SC_CLK_TCK")
# Fields of /proc/self/stat after the name in parentheses, counted from there (proc(5)): 20 and 22.
_THREADS, _STARTED = 17, 19


# What the interpreter had counted when counting began: a worker inherits it from its master.
_inherited: dict[tuple[str, int], int] = {}


def begin() -> None:
    """Count from now on."""
    _inherited.clear()
    for number, values in enumerate(gc.get_stats()):
        _inherited.update({(key, number): count for key, count in values.items()})


def observe(kind: str, start: int) -> Iterator[Observation]:
    """The process as it is now.

    :param kind: http, cron, evented, …
    :param start: when counting began, ns since the epoch
    """
    yield Observation(semconv.WORKER_COUNT, {(kind,): 1}, start)
    if limit := _memory_limit(kind):
        yield Observation(semconv.WORKER_MEMORY_LIMIT, {(kind,): limit})
    yield from _system(start)
    yield from _collections(start)


def _memory_limit(kind: str) -> int:
    """Bytes of virtual memory above which Odoo ends a process of this kind; 0 where it does not."""
    if kind == "shell":
        return 0
    return (kind == "evented" and config["limit_memory_soft_gevent"]) or config["limit_memory_soft"]


def _system(start: int) -> Iterator[Observation]:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    virtual, resident = _memory()
    threads, started = _stat()
    yield Observation(
        semconv.PROCESS_CPU_TIME, {("user",): usage.ru_utime, ("system",): usage.ru_stime}, start
    )
    yield Observation(
        semconv.PROCESS_CONTEXT_SWITCHES,
        {("voluntary",): usage.ru_nvcsw, ("involuntary",): usage.ru_nivcsw},
        start,
    )
    yield Observation(semconv.PROCESS_MEMORY_USAGE, {(): resident}, start)
    yield Observation(semconv.PROCESS_MEMORY_VIRTUAL, {(): virtual}, start)
    yield Observation(semconv.PROCESS_THREAD_COUNT, {(): threads}, start)
    yield Observation(semconv.PROCESS_FILE_DESCRIPTOR_COUNT, {(): len(os.listdir("/proc/self/fd"))}, start)
    yield Observation(semconv.PROCESS_UPTIME, {(): time.clock_gettime(time.CLOCK_BOOTTIME) - started})


def _memory() -> tuple[int, int]:
    """Virtual and resident size in bytes (proc(5), statm: the first two fields, in pages)."""
    with open("/proc/self/statm", encoding="ascii") as file:
        virtual, resident, *_rest = file.read().split()
    return int(virtual) * _PAGE, int(resident) * _PAGE


def _stat() -> tuple[int, float]:
    """Number of threads, and when the process started in seconds since boot."""
    with open("/proc/self/stat", encoding="utf-8", errors="replace") as file:
        fields = file.read().rpartition(")")[2].split()
    return int(fields[_THREADS]), int(fields[_STARTED]) / _TICKS


def _collections(start: int) -> Iterator[Observation]:
    stats = dict(enumerate(gc.get_stats()))
    for metric, key in (
        (semconv.CPYTHON_GC_COLLECTIONS, "collections"),
        (semconv.CPYTHON_GC_COLLECTED_OBJECTS, "collected"),
        (semconv.CPYTHON_GC_UNCOLLECTABLE_OBJECTS, "uncollectable"),
    ):
        counts = {
            (number,): values[key] - _inherited.get((key, number), 0) for number, values in stats.items()
        }
        yield Observation(metric, counts, start)
