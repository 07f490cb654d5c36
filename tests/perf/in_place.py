"""Times what the recorder's own counter of its cost does not hold, in the place where it is called."""

from __future__ import annotations

import contextlib
import statistics
import time
from collections.abc import Callable, Iterator
from unittest import mock

# As many look for a line at most, MAX_STATEMENTS times MAX_RECORDS of odooops_otel/tools/sought.py, if not at once.
MAX_SEEKING = 100


def hook_seconds(recorder, run: Callable[[], object], times: int = 30) -> float:
    """Time in the statement hook, between one statement and the next.

    ``Recorder.overhead`` does not hold it: timing it always would cost more than it does.
    An empty function timed in the same place is taken off. Some records of a kind that repeats a statement look for its
    line; they are few, and not what is timed here.
    """
    begin, spent, timed = recorder.begin, {True: [], False: []}, 0

    def begin_timed(thread):
        nonlocal timed
        record = begin(thread)
        if record.search is None:
            thread.query_hooks[-1] = record.hook = _by_turns(record.hook, spent)
            timed += 1
        return record

    with mock.patch.object(recorder, "begin", begin_timed):
        for _ in range(MAX_SEEKING + times):
            if timed >= times:
                break
            run()
            recorder.drain()
    if not timed:
        raise SystemExit(
            "each request looks for a line, so that the hook cannot be timed: MAX_SEEKING is too few"
        )
    return max(0.0, statistics.median(spent[True]) - statistics.median(spent[False]))


def _by_turns(hook, spent: dict[bool, list[float]]):
    """The hook and an empty function by turns, each timed."""
    clock, is_real = time.perf_counter, [True]

    def nothing(cursor, query, params, start, delay):
        pass

    def timed(cursor, query, params, start, delay):
        which = is_real[0] = not is_real[0]
        function = hook if which else nothing
        started = clock()
        function(cursor, query, params, start, delay)
        spent[which].append(clock() - started)

    return timed


@contextlib.contextmanager
def counted(recorder) -> Iterator[None]:
    """Add what a job spends in the recorder to ``Recorder.overhead``, which only requests do themselves."""
    names = ("begin", "detach", "finish")
    timed = {name: _counting(recorder, getattr(recorder, name)) for name in names}
    with mock.patch.multiple(recorder, **timed):
        yield


def _counting(recorder, function):
    clock = time.perf_counter

    def call(*args):
        started = clock()
        try:
            return function(*args)
        finally:
            recorder.overhead += clock() - started

    return call
