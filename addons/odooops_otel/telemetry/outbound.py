"""Requests that Odoo code sends by ``requests``: counted, and within a record part of its trace.

Each that is sent is one, redirects and retries of a session included. Its duration ends when the
headers of the answer have arrived. A request that bears a ``traceparent`` already is somebody else's
span: it is counted, and left as it is.
"""

from __future__ import annotations

import time
import urllib.parse

from opentelemetry import context
from opentelemetry.baggage.propagation import W3CBaggagePropagator
from opentelemetry.context import _SUPPRESS_HTTP_INSTRUMENTATION_KEY, _SUPPRESS_INSTRUMENTATION_KEY
from requests.adapters import HTTPAdapter

from ..tools import failure, trace_context
from ..tools.calls import Call
from ..tools.propagation import Audience
from . import faults, runtime
from .measuring import current_span_id
from .patch import wrap
from .record import Record, current

_perf_counter = time.perf_counter
# It waits with its record, and is told without its query.
MAX_URL = 2000


def instrument() -> None:
    wrap(HTTPAdapter, "send", _send)


def _send(original):
    def send(self, request, *args, **kwargs):
        telemetry = runtime.active
        if telemetry is None:
            return original(self, request, *args, **kwargs)
        outgoing = None
        try:
            outgoing = _begin(request, telemetry)
        except Exception:
            faults.report("Telemetry could not begin an outgoing request; it is sent all the same.")
        if outgoing is None:
            return original(self, request, *args, **kwargs)
        status, error_type = 0, None
        try:
            response = original(self, request, *args, **kwargs)
            status = response.status_code
            return response
        except Exception as error:
            error_type = failure.type_name(error)
            raise
        finally:
            try:
                outgoing.end(status, error_type)
            except Exception:
                faults.report("Telemetry could not end an outgoing request; it is not affected.")

    return send


def _begin(request, telemetry: runtime.Telemetry) -> Outgoing | None:
    """Note a request and tell its server of the trace; None for one that is not to be seen."""
    if _is_suppressed() or _is_telemetry(request.url, telemetry):
        return None
    record = current.get()
    if record is None or "traceparent" in request.headers:
        return Outgoing(request, telemetry, None)
    outgoing = Outgoing(request, telemetry, record)
    outgoing.add_headers(_headers(record, outgoing.span_id, telemetry.audience, request.url))
    return outgoing


def _headers(record: Record, span_id: bytes, audience: Audience, url: str) -> dict[str, str]:
    """What the server of a URL is told of the trace."""
    host = urllib.parse.urlsplit(url).hostname or ""
    headers: dict[str, str] = {}
    if audience.hears_ids(host):
        headers["traceparent"] = trace_context.header(record.trace_id, span_id, record.trace_flags)
    if audience.is_named(host):
        if record.trace_state:
            headers["tracestate"] = record.trace_state
        W3CBaggagePropagator().inject(headers)
    return headers


def _is_suppressed() -> bool:
    """Whether an exporter of the SDK is at work, which must not be told of."""
    found = context.get_current()
    return bool(found.get(_SUPPRESS_INSTRUMENTATION_KEY) or found.get(_SUPPRESS_HTTP_INSTRUMENTATION_KEY))


def _is_telemetry(url: str, telemetry: runtime.Telemetry) -> bool:
    return any(url.startswith(endpoint) for endpoint in telemetry.settings.endpoints.values())


class Outgoing:
    """A request that has not been answered yet; with a record it becomes a child of the current span."""

    def __init__(self, request, telemetry: runtime.Telemetry, record: Record | None):
        self._request = request
        self._recorder = telemetry.recorder
        self._record = record
        self.span_id = self._recorder.sampler.make_span_id() if record else b""
        self._parent_span_id = current_span_id(record) if record else b""
        self._added: list[str] = []
        self._started = _perf_counter()

    def add_headers(self, headers: dict[str, str]) -> None:
        for name, value in headers.items():
            if name not in self._request.headers:
                self._request.headers[name] = value
                self._added.append(name)

    def end(self, status: int, error_type: str | None) -> None:
        # A redirect copies the headers, and may lead to a server that is not to be told.
        for name in self._added:
            self._request.headers.pop(name, None)
        call = Call(
            self.span_id,
            self._parent_span_id,
            self._request.method or "",
            self._request.url[:MAX_URL],
            self._record.moment(self._started) if self._record else 0,
            _perf_counter() - self._started,
            status,
            error_type,
        )
        self._recorder.count_call(call)
        if self._record is not None:
            self._record.extra().add_call(call)
