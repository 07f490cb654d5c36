"""HTTP requests: everything that ``odoo.http.Application`` serves.

The route comes from ``Request._set_request_dispatcher``, the one place where both the routing
with and without a database have it. Errors come from the exception hooks: a failed JSON-RPC or
XML-RPC call is answered with status 200.
"""

from __future__ import annotations

import threading
import time

from werkzeug.exceptions import HTTPException

from odoo import http
from odoo.exceptions import RedirectWarning, UserError

from ..tools import semconv, trace_context
from . import browser, driver_choice, faults, runtime
from .patch import wrap
from .record import Ended, current, ended, forget_current

_perf_counter = time.perf_counter


def instrument() -> None:
    wrap(http.Application, "__call__", _application)
    wrap(http.Request, "_set_request_dispatcher", _dispatcher)
    wrap(http.Request, "_serve_static", _constant_route(semconv.STATIC_ROUTE))
    wrap(http.Request, "_serve_ir_http_fallback", _constant_route(semconv.FALLBACK_ROUTE))
    wrap(http.Request, "_serve_db", _db)
    wrap(http.Request, "_serve_nodb", _nodb)
    wrap(http.Request, "_update_served_exception", _served_exception)


def _application(original):
    def __call__(self, environ, start_response):
        entered = _perf_counter()
        telemetry = runtime.active
        if telemetry is None:
            return original(self, environ, start_response)
        recorder, thread = telemetry.recorder, threading.current_thread()
        try:
            header = environ.get("HTTP_TRACEPARENT")
            parent = trace_context.parse(header) if header else None
            record = recorder.begin(thread)
        except Exception:
            faults.report("Telemetry could not begin a record; the request goes on.")
            return original(self, environ, start_response)
        record.environ = environ
        if parent is not None:
            record.parent, record.tracestate = parent, environ.get("HTTP_TRACESTATE")
        answered = ""

        # PEP 3333: by position, the third only where there is an exception.
        def respond(status, headers, *exc_info):
            nonlocal answered
            answered = status
            if record.is_told:
                headers = browser.with_trace(record, status, headers)
            return start_response(status, headers, *exc_info)

        record.started = _perf_counter()
        try:
            return original(self, environ, respond)
        except BaseException as error:
            # Odoo answers every exception; what arrives here is a worker being stopped.
            record.fail(error)
            raise
        finally:
            left = _perf_counter()
            try:
                record.duration = left - record.started
                recorder.end(record, answered, environ, thread)
                if recorder.has_log_entries:
                    ended.set(Ended(*record.ids(), record.route))
            except Exception:
                forget_current(record)
                faults.report("Telemetry could not end a record; the request is not affected.")
            spent = record.started - entered + _perf_counter() - left
            # Nothing is called between reading and writing: no other thread's share is overwritten.
            recorder.overhead += spent

    return __call__


def _dispatcher(original):
    def _set_request_dispatcher(self, rule):
        record = current.get()
        if record is not None:
            record.route = rule.rule
            if record.sampler.policies.has_driver_rules and self.env is not None:
                driver_choice.reconsider(record, self.env.cr)
        return original(self, rule)

    return _set_request_dispatcher


def _constant_route(route: str):
    def make(original):
        def serve(self, *args):
            record = current.get()
            if record is not None:
                record.route = route
            return original(self, *args)

        return serve

    return make


def _served_exception(original):
    """Every exception of a request with a database, XML-RPC's included."""

    def _update_served_exception(self, exc):
        _mark(exc)
        return original(self, exc)

    return _update_served_exception


def _db(original):
    """A database that cannot be used: Odoo tries without one, and what it answers then may look well."""

    def _serve_db(self):
        try:
            return original(self)
        except http.RegistryError as error:
            record = current.get()
            if record is not None:
                record.fail(error.__cause__ or error)
            raise

    return _serve_db


def _nodb(original):
    def _serve_nodb(self):
        try:
            return original(self)
        except Exception as error:
            _mark(error)
            raise

    return _serve_nodb


def _mark(error: Exception) -> None:
    record = current.get()
    if record is not None and is_failure(error):
        record.fail(error)


def is_failure(error: Exception) -> bool:
    """Whether an exception is the server's fault.

    What Odoo tells the user (``UserError`` and its kin: access, validation, missing record; a
    warning with a way out), an expired session, and HTTP answers below 500 are outcomes, not failures.
    """
    if isinstance(error, HTTPException):
        return (error.code or 0) >= 500
    return not isinstance(error, UserError | RedirectWarning | http.SessionExpiredException)
