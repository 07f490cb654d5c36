"""Requests and jobs that run now: looked at when an export is due, so that a request only signs in and out."""

from __future__ import annotations

import collections
import threading
from collections.abc import Iterator, Mapping

from ..tools import semconv
from ..tools.metrics import Key
from ..tools.observation import Observation
from ..tools.url import known_scheme
from .record import Record


class Running:
    """What runs now.

    :param records: each between its begin and its end, with its thread
    """

    def __init__(self, records: Mapping[Record, threading.Thread]):
        self.open = records
        self._requests: collections.Counter[Key] = collections.Counter()
        self._jobs: collections.Counter[Key] = collections.Counter()

    def observe(self, start: int) -> Iterator[Observation]:
        """How many there are of each kind, 0 of those that were seen before.

        :param start: when counting began, ns since the epoch
        """
        for counter in (self._requests, self._jobs):
            for key in counter:
                counter[key] = 0
        for record in list(self.open):
            if (environ := record.environ) is not None:
                self._requests[_request(environ)] += 1
            elif job := getattr(record, "job", None):
                self._jobs[job,] += 1
        yield Observation(semconv.HTTP_SERVER_ACTIVE_REQUESTS, dict(self._requests), start)
        yield Observation(semconv.CRON_JOB_ACTIVE, dict(self._jobs), start)


def _request(environ: Mapping) -> Key:
    """Method and scheme, read now: Odoo's ProxyFix has put the client's scheme in place."""
    method = environ.get("REQUEST_METHOD")
    return (
        method if method in semconv.HTTP_METHODS else "_OTHER",
        known_scheme(environ.get("wsgi.url_scheme")),
    )
