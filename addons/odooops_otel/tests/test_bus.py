"""Websockets: messages both ways, dispatching, and why they are closed."""

from unittest import mock

from odoo.tests import TransactionCase, tagged

from odoo.addons.bus import websocket as module
from odoo.addons.bus.websocket import CloseCode, ConnectionState, Websocket, WebsocketRequest

from ..telemetry import patch
from .common import TelemetryMixin


@tagged("post_install", "-at_install")
class TestBus(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        # What lies below the wrapped methods: the socket.
        for name in ("_send_frame", "_trigger_lifecycle_event", "_terminate"):
            self.startPatcher(mock.patch.object(Websocket, name, self.fake(name)))
        self.start_telemetry()

    def fake(self, name):
        def function(websocket, *args, **kwargs):
            if name == "_terminate":
                websocket.state = ConnectionState.CLOSED

        return function

    def websocket(self) -> Websocket:
        made = Websocket.__new__(Websocket)
        made.state, made._db = ConnectionState.OPEN, self.env.cr.dbname
        return made

    def closes(self) -> dict:
        self.flush()
        points = self.receiver.points("odoo.websocket.closes")
        return {point.attributes["odoo.websocket.close.code"]: point.value for point in points}

    def test_messages_are_counted_both_ways(self):
        socket = self.websocket()
        socket._send("one")
        socket._send("two")
        request = WebsocketRequest(self.env.cr.dbname, None, socket)
        with self.assertRaises(module.InvalidWebsocketRequest):
            request.serve_websocket_message("{}")
        self.flush()
        found = self.receiver.points("odoo.websocket.messages")
        counts = {point.attributes["network.io.direction"]: point.value for point in found}
        self.assertEqual(counts, {"transmit": 2, "receive": 1})

    def test_dispatch_is_timed_and_its_failure_told(self):
        socket = self.websocket()
        socket._session = mock.Mock(sid="x" * 84)
        with self.assertRaises(module.SessionExpiredException):
            socket._dispatch_bus_notifications()
        self.flush()
        point = self.point("odoo.websocket.dispatch.duration")
        self.assertEqual(point.attributes["error.type"], "odoo.http.SessionExpiredException")

    def test_websocket_is_closed_once_with_the_first_code(self):
        socket = self.websocket()
        socket._disconnect(CloseCode.KEEP_ALIVE_TIMEOUT)
        socket._disconnect(CloseCode.ABNORMAL_CLOSURE)  # the other side did not answer
        socket._terminate()
        self.assertEqual(self.closes(), {"keep_alive_timeout": 1})

    def test_one_that_breaks_off_is_abnormal_and_a_number_of_the_client_s_is_other(self):
        self.websocket()._terminate()
        socket = self.websocket()
        socket._send_close_frame(4711)
        socket._terminate()
        self.assertEqual(self.closes(), {"abnormal_closure": 1, "other": 1})

    def test_open_websockets_are_told(self):
        sockets = [self.websocket(), self.websocket()]
        sockets[1].state = ConnectionState.CLOSED
        with mock.patch.object(module, "_websocket_instances", sockets):
            self.flush()
        self.assertEqual(self.point("odoo.websocket.connections").value, 1)

    def test_notifications_are_counted(self):
        self.env["bus.bus"]._sendone("channel", "type", {})
        self.flush()
        self.assertEqual(self.point("odoo.bus.notifications").value, 1)

    def test_all_is_put_back(self):
        patch.unwrap_all()
        self.assertFalse(hasattr(Websocket._send, "__wrapped__"))
