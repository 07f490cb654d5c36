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
from odoo.modules.registry import Registry

from ..tools import semconv, trace_context
from . import browser, driver_choice, faults, policies, runtime
from .patch import wrap
from .record import Ended, Record, caller_address, current, ended

_perf_counter = time.perf_counter
MAX_TEXT = 1000
# Names of databases that have been loaded in this process.
_databases: set[str] = set()
policies.forgetters.append(_databases.discard)


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
        token = current.set(record)
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
            current.reset(token)
            try:
                record.duration = left - record.started
                recorder.detach(record, thread)
                _describe(record, answered, environ, thread)
                if recorder.has_log_entries:
                    ended.set(Ended(*record.ids(), record.route))
                recorder.finish(record)
            except Exception:
                faults.report("Telemetry could not end a record; the request is not affected.")
            spent = record.started - entered + _perf_counter() - left
            # Nothing is called between reading and writing: no other thread's share is overwritten.
            recorder.overhead += spent

    return __call__


def _describe(record: Record, answered: str, environ: dict, thread: threading.Thread) -> None:
    """What is known of a request when it ends."""
    code = answered[:3]
    record.status = int(code) if code.isdigit() else 0
    # An RPC call sets what its caller gave as a name before anybody knows whether it is one.
    database = getattr(thread, "dbname", None)
    record.database = database if database.__class__ is str and _is_database(database) else None
    record.user_id = getattr(thread, "uid", None)
    # Before the environ goes: another thread may ask meanwhile what holds for the request.
    record.method = environ.get("REQUEST_METHOD")
    # Read now: Odoo's ProxyFix has put the client's address and scheme in place.
    record.address, record.environ = caller_address(environ), None
    record.scheme = environ.get("wsgi.url_scheme")
    # Up to 64 KiB each, from whoever calls; the record may wait in the queue.
    record.path = environ.get("PATH_INFO", "")[:MAX_TEXT]
    record.user_agent = environ.get("HTTP_USER_AGENT", "")[:MAX_TEXT]


def _is_database(name: str) -> bool:
    """Whether it has been loaded here. Odoo's table of registries has a lock, which few need to take."""
    if name in _databases:
        return True
    if name not in Registry.registries:
        return False
    _databases.add(name)
    return True


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
