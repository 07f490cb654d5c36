"""What happens now and then (a mail is sent, a registry loaded), and states that somebody looks at.

Requests, statements and calls of the ORM are many and have ways of their own; this is for the rest: a recording is
an entry in a queue, which the drainer's thread counts.
"""

from __future__ import annotations

import collections
import time
from collections.abc import Callable, Iterator
from typing import NamedTuple

from ..tools.metrics import Instrument, Key
from ..tools.observation import Observation
from ..tools.semconv import Metric
from . import faults

# Recordings that wait to be counted; a process makes fewer in 2.5 s. Who makes more has them counted.
MAX_PENDING = 10_000

# What is asked when an export is due: functions of the moment when counting began (ns since the epoch).
observers: list[Callable[[int], Iterator[Observation]]] = []


class Place(NamedTuple):
    """A span, by its ids."""

    trace_id: bytes
    span_id: bytes


class Measurements:
    """Instruments by metric, made when they are first needed.

    :param make: makes an instrument, with the limits of all
    :param drain: has what waits counted, without waiting for who is at it
    """

    def __init__(self, make: Callable[[Metric], Instrument], drain: Callable[[], None] = lambda: None):
        self._make, self._drain = make, drain
        self._pending: collections.deque[tuple[Metric, Key, float, Place | None]] = collections.deque()
        self._instruments: dict[str, Instrument] = {}
        # By what looked at them: states that only one process of all tells (telemetry/leader.py).
        self.states: dict[str, list[Observation]] = {}

    def add(self, metric: Metric, key: Key, value: float, place: Place | None = None) -> None:
        """Have a value counted, soon; never waits.

        :param place: the span that it is an example of, one that is kept; of histograms
        """
        self._pending.append((metric, key, value, place))
        if len(self._pending) > MAX_PENDING:
            self._drain()

    def drain(self) -> None:
        """Count what waits; whoever calls holds the aggregator's lock."""
        while self._pending:
            metric, key, value, place = self._pending.popleft()
            instrument = self._instruments.get(metric.name)
            if instrument is None:
                instrument = self._instruments[metric.name] = self._make(metric)
            if metric.kind == "histogram":
                point = instrument.record(key, value)
                if place is not None:
                    instrument.exemplify(point, value, time.time_ns(), place.span_id, place.trace_id)
            else:
                instrument.add(key, value)

    @property
    def instruments(self) -> tuple[Instrument, ...]:
        return tuple(self._instruments.values())

    def observe(self, start: int) -> Iterator[Observation]:
        """States as they are now, and those that were looked at last.

        :param start: when counting began, ns since the epoch
        """
        for observer in observers:
            try:
                yield from list(observer(start))
            except Exception:
                faults.report("Telemetry could not look at a state; Odoo is not affected.")
        for states in list(self.states.values()):
            yield from states
