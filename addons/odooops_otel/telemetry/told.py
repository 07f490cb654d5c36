"""Which states of databases this process tells, so that they end when another tells them.

What is true of a database and not of a process (telemetry/leader.py) is told by one process. When it is killed, or
another leads instead of it, its last values would stay in Prometheus beside those of its successor, and be added up.
They are written into a file beside the slot; whoever takes the slot next says of each that it has no value any more,
and so does this process of what it tells no more.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterable
from pathlib import Path

from ..tools.metrics import Key
from ..tools.observation import Observation
from ..tools.semconv import Metric
from . import json_file

Series = dict[Metric, frozenset[Key]]


class Told:
    """The series of states that this process has told.

    :param path: where they are kept for a successor; None where nobody can read them
    """

    def __init__(self, path: Path | None = None):
        self._path = path
        # Those that Prometheus may have, with those of the predecessor; and those of the last snapshot.
        self._before: Series = _read(path) if path else {}
        self._now: Series = {}
        self._written = self._before

    def ended(self, states: Iterable[Observation]) -> list[Observation]:
        """What has been told and is not any more.

        :param states: what is told now, as it is sent
        """
        self._now = _together({}, ((state.metric, state.values) for state in states))
        self._write(_together(self._before, self._now.items()))
        left = {metric: keys - self._now.get(metric, frozenset()) for metric, keys in self._before.items()}
        return [Observation(metric, dict.fromkeys(keys, 0.0)) for metric, keys in left.items() if keys]

    def close(self) -> None:
        """Nothing is told any more: the last snapshot says so of each."""
        self._now = {}

    def settle(self, *, arrived: bool) -> None:
        """The snapshot arrived, or never will: then what it said to have ended is said again."""
        self._before = self._now if arrived else _together(self._before, self._now.items())
        self._write(self._before)

    def _write(self, series: Series) -> None:
        if self._path is None or series == self._written:
            return
        rows = [
            [metric.name, metric.kind, metric.unit, metric.description, metric.attributes, list(keys)]
            for metric, keys in series.items()
        ]
        # A full disk: then they end by themselves, some minutes later.
        with contextlib.suppress(OSError):
            json_file.write(self._path, rows)
            self._written = series


def _together(series: Series, more: Iterable[tuple[Metric, Iterable[Key]]]) -> Series:
    found = dict(series)
    for metric, keys in more:
        found[metric] = found.get(metric, frozenset()) | frozenset(keys)
    return found


def _read(path: Path) -> Series:
    """What a predecessor has told; nothing where there was none, or its file cannot be read."""
    with contextlib.suppress(OSError, ValueError, TypeError):
        return {
            Metric(name, kind, unit, description, tuple(attributes)): frozenset(map(tuple, keys))
            for name, kind, unit, description, attributes, keys in json.loads(path.read_text("utf-8"))
        }
    return {}
