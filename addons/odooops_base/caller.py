"""From where the code is called that runs now: the interface, and the address of the other side.

Odoo's ``request`` is put away while a call by XML-RPC or JSON-RPC runs (``odoo.http.borrow_request``), so that both
are noted just before. Once for all databases of a process, when the first registry with this addon is loaded: not from
``post_load``, which Odoo skips when somebody has imported the addon before.
"""

import contextlib
import functools
from contextvars import ContextVar
from typing import NamedTuple

from opentelemetry import trace

from odoo import http
from odoo.http import request

# Start of the path → interface. What people do in the backend comes by /web and /odoo.
_BY_PATH = (("/xmlrpc/", "xmlrpc"), ("/jsonrpc", "jsonrpc"), ("/json/", "json2"))
UI, CRON, SHELL = "ui", "cron", "shell"


class Caller(NamedTuple):
    """Where a call came from; ``address`` is empty when it came from no other machine."""

    interface: str
    address: str = ""


_caller: ContextVar[Caller | None] = ContextVar("odooops_caller", default=None)


def current() -> Caller:
    """Where the running code was called from; "shell" when neither a request nor a scheduled action runs."""
    if request:
        # Read late: Odoo has put what a trusted proxy says into remote_addr by now.
        return Caller(_interface(request.httprequest.path), request.httprequest.remote_addr or "")
    return _caller.get() or Caller(SHELL)


def trace_id() -> str:
    """The id of the trace that runs now, 32 hexadecimal digits; empty when there is none."""
    context = trace.get_current_span().get_span_context()
    return trace.format_trace_id(context.trace_id) if context.is_valid else ""


@contextlib.contextmanager
def calling(caller: Caller):
    """What runs inside was called from there, unless a request says otherwise."""
    token = _caller.set(caller)
    try:
        yield
    finally:
        _caller.reset(token)


def instrument() -> None:
    """Notes the caller of each call by XML-RPC and JSON-RPC before Odoo puts the request away; twice is once."""
    if not hasattr(http.borrow_request, "_odooops_notes_caller"):
        http.borrow_request = _noting(http.borrow_request)


def _noting(original):
    @contextlib.contextmanager
    @functools.wraps(original)
    def borrow_request():
        with calling(current()), original() as borrowed:
            yield borrowed

    borrow_request._odooops_notes_caller = True
    return borrow_request


def _interface(path: str) -> str:
    return next((interface for start, interface in _BY_PATH if path.startswith(start)), UI)
