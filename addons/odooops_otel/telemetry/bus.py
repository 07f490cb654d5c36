"""Websockets and the bus, in the process that has them (evented, or threaded).

The addon ``bus`` is imported once a registry has been loaded that has it (:func:`instrument_loaded`).
"""

from __future__ import annotations

import sys
import weakref
from collections.abc import Iterator

import odoo
from odoo.tools import config

from ..tools import semconv
from ..tools.observation import Observation
from . import faults, runtime
from .measuring import Measured, measure
from .patch import wrap_once

_WEBSOCKET = "odoo.addons.bus.websocket"
_BUS = "odoo.addons.bus.models.bus"

# Who was the first to say why a websocket is closed: the code is known before it is.
_codes: weakref.WeakKeyDictionary = weakref.WeakKeyDictionary()


def instrument_loaded() -> None:
    """Wrap what the addon ``bus`` brings, if it has been imported."""
    if module := sys.modules.get(_WEBSOCKET):
        wrap_once(module.Websocket, "_send", _send)
        wrap_once(module.Websocket, "_dispatch_bus_notifications", _dispatch)
        wrap_once(module.Websocket, "_send_close_frame", _note_code)
        wrap_once(module.Websocket, "_disconnect", _note_code)
        wrap_once(module.Websocket, "_terminate", _terminate)
        wrap_once(module.WebsocketRequest, "serve_websocket_message", _serve)
    if module := sys.modules.get(_BUS):
        wrap_once(module.BusBus, "_sendone", _sendone)


def observe(start: int) -> Iterator[Observation]:
    """The websockets that are open now; of a prefork server only the evented process has any."""
    module = sys.modules.get(_WEBSOCKET)
    if module and (odoo.evented or not config["workers"]):
        sockets = list(module._websocket_instances)
        count = sum(socket.state is not module.ConnectionState.CLOSED for socket in sockets)
        yield Observation(semconv.WEBSOCKET_CONNECTIONS, {(): count}, start)


def _send(original):
    def _send(self, message):
        measure(semconv.WEBSOCKET_MESSAGES, "transmit", self._db)
        return original(self, message)

    return _send


def _serve(original):
    def serve_websocket_message(self, message):
        measure(semconv.WEBSOCKET_MESSAGES, "receive", self.db)
        return original(self, message)

    return serve_websocket_message


def _dispatch(original):
    def _dispatch_bus_notifications(self):
        if runtime.active is None:
            return original(self)
        attributes = {"db.namespace": self._db}
        with Measured(semconv.WEBSOCKET_DISPATCH_DURATION, "websocket dispatch", attributes):
            return original(self)

    return _dispatch_bus_notifications


def _note_code(original):
    def noting(self, code, reason=None):
        try:
            _codes.setdefault(self, code)
        except Exception:
            faults.report("Telemetry could not note why a websocket is closed; it is not affected.")
        return original(self, code, reason)

    return noting


def _terminate(original):
    def _terminate(self):
        try:
            module = sys.modules[_WEBSOCKET]
            if self.state is not module.ConnectionState.CLOSED:
                measure(semconv.WEBSOCKET_CLOSES, _reason(module.CloseCode, _codes.pop(self, 1006)), self._db)
        except Exception:
            faults.report("Telemetry could not count a websocket; it is not affected.")
        return original(self)

    return _terminate


def _reason(codes, code: int) -> str:
    """A client may send any number."""
    try:
        return codes(code).name.lower()
    except ValueError:
        return "other"


def _sendone(original):
    def _sendone(self, *args, **kwargs):
        measure(semconv.BUS_NOTIFICATIONS, self.env.cr.dbname)
        return original(self, *args, **kwargs)

    return _sendone
