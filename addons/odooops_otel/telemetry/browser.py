"""What browsers report of the web client, and what they are told of the server's traces.

A browser is told the span of its request only when that is kept: ``Server-Timing: traceparent;desc="00-…"``
(https://www.w3.org/TR/server-timing/), which is read by the page's own scripts. It then reports its side of the
request into the same trace. The other way round, with a ``traceparent`` sent by the browser, the page would decide what
the server keeps.
"""

from __future__ import annotations

import functools
import logging
import os
import threading
import time
from collections.abc import Callable

from ..tools import log, otlp, rate, semconv, trace_context
from ..tools.browser import failure
from ..tools.browser.report import Failure, Report, Vital
from ..tools.browser.spans import Encoder, Name, Reporter, page_span_id, page_trace_id
from ..tools.browser.vitals import rating
from ..tools.redact import Policy
from ..tools.spans import EncodedSpans
from . import faults, runtime
from .measurements import Place
from .measuring import measure
from .record import Record, current

# Errors of browsers go the way of Odoo's own log, wherever that leads. Not below the addon's name: what the addon
# itself says is not sent.
_logger = logging.getLogger("odoo.browser")
# Reports a minute that a process takes of a user; a page sends six, and one when it is left.
PER_MINUTE = 60
MAX_USERS = 10_000
_Key = tuple[str, int]


def make_buckets() -> rate.TokenBuckets:
    """How much each user may still report."""
    return rate.TokenBuckets(PER_MINUTE, MAX_USERS)


_buckets = make_buckets()
_lock = threading.Lock()


def may_report(user: _Key, clock: Callable[[], float] = time.monotonic) -> bool:
    """Whether one more report of a user, given as (database, id), is taken now."""
    with _lock:
        return _buckets.take(user, clock())


def tell_browser() -> None:
    """Have the answer of the current request say which trace it is in, if that is kept."""
    record = current.get()
    if record is not None:
        record.is_told = True


def with_trace(record: Record, status: str, headers: list) -> list:
    """The headers of an answer, with the trace of its request when it is kept."""
    try:
        telemetry = runtime.active
        record.duration = time.perf_counter() - record.started
        if telemetry is None or not telemetry.recorder.aggregator.will_keep(record, int(status[:3])):
            return headers
        traceparent = trace_context.header(*record.ids(), record.trace_flags | trace_context.SAMPLED)
        return [*headers, ("Server-Timing", f'traceparent;desc="{traceparent}"')]
    except Exception:
        faults.report("Telemetry could not tell a browser its trace; the answer is as it was.")
        return headers


def count_report(outcome: str, database: str) -> None:
    """Count a report: taken, refused or limited."""
    measure(semconv.BROWSER_REPORTS, outcome, database)


def take(report: Report, reporter: Reporter, name: Callable[[str, str], Name]) -> None:
    """Turn a report into metrics, spans and log entries. Nothing else is kept of it.

    :param name: names a request by its path and method
    """
    telemetry = runtime.active
    if telemetry is None:
        return
    name_once = functools.cache(name)
    has_spans = telemetry.recorder.aggregator.keeps_any
    _measure(report, reporter.database, name_once, has_spans)
    if has_spans:
        recorder = telemetry.recorder
        make_span_id, policy = recorder.sampler.make_span_id, telemetry.settings.policy
        encoder = Encoder(report, reporter, time.time_ns(), name_once, make_span_id, policy)
        recorder.keep_spans(EncodedSpans(encoder.encode()))
    for error in report.errors:
        _log(error, report, reporter, name_once(report.page.path, "GET"), telemetry.settings.policy)


def _measure(report: Report, database: str, name: Callable[[str, str], Name], has_spans: bool) -> None:
    page = Place(page_trace_id(report.page), page_span_id(report.page)) if has_spans else None
    if load := report.load:
        key = (name(report.page.path, "GET").route, load.type, database)
        measure(semconv.BROWSER_PAGE_LOAD_DURATION, *key, value=load.duration, place=page)
    for rpc in report.rpcs:
        key = (*name(rpc.path, "POST"), rpc.error, database)
        place = Place(*rpc.trace[:2]) if has_spans and rpc.trace else None
        measure(semconv.BROWSER_RPC_DURATION, *key, value=rpc.duration, place=place)
    for error in report.errors:
        measure(semconv.BROWSER_ERRORS, failure.type_of(error.type), database)
    for vital in report.vitals:
        _measure_vital(vital, database, page)


def _measure_vital(vital: Vital, database: str, page: Place | None) -> None:
    stars = rating(*vital)
    if vital.name == "cls":
        measure(semconv.BROWSER_LAYOUT_SHIFT, stars, database, value=vital.value, place=page)
    else:
        key = (vital.name, stars, database)
        measure(semconv.BROWSER_WEB_VITAL_DURATION, *key, value=vital.value, place=page)


def _log(error: Failure, report: Report, reporter: Reporter, page: Name, policy: Policy) -> None:
    message, stack = failure.message_of(error.message, policy), failure.stack_of(error.stack)
    body = f"JavaScript {error.type}: {message}"
    attributes: dict[str, otlp.Value] = {
        "process.pid": os.getpid(),
        "db.namespace": reporter.database,
        "user.id": str(reporter.user_id),
        "odoo.browser.page.id": report.page.id,
        "exception.type": error.type,
        "exception.message": message,
        "exception.stacktrace": stack,
        "http.route": page.route,
        "user_agent.original": policy.beginning(reporter.user_agent, failure.MAX_SHOWN),
    }
    entry = log.Entry(
        time.time_ns() - int(error.ago * 1e9),
        "WARNING",
        log.severity_number(logging.WARNING),
        _logger.name,
        body,
        {name: value for name, value in attributes.items() if value},
        page_trace_id(report.page),
        page_span_id(report.page),
    )
    _logger.warning("%s\n%s", body, stack, extra={"odooops_entry": entry})
