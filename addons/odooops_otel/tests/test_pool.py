"""Connections of Odoo's pools: how many, how long it takes to get one, and that there is none left."""

from unittest import mock

from odoo import sql_db
from odoo.tests import BaseCase, get_db_name, tagged

from ..telemetry import connections
from ..tools import semconv
from ..tools.calls import Call
from .common import TelemetryMixin

COUNT = "db.client.connection.count"
WAIT = "db.client.connection.wait_time"
TIMEOUTS = "db.client.connection.timeouts"
POOL = {"db.client.connection.pool.name": "read_write"}


@tagged("post_install", "-at_install")
class TestPool(TelemetryMixin, BaseCase):
    def setUp(self):
        super().setUp()
        # Not the one of the tests: its connections come and go with the server's threads.
        self.startPatcher(mock.patch.object(sql_db, "_Pool", sql_db.ConnectionPool(2)))
        self.addCleanup(lambda pool=sql_db._Pool: pool.close_all())
        self.start_telemetry()

    def cursor(self):
        """A cursor whose connection is kept in the pool: those of `postgres` are not."""
        cursor = sql_db.db_connect(get_db_name()).cursor()
        self.addCleanup(cursor.close)
        return cursor

    def states(self) -> dict[str, float]:
        self.flush()
        return {
            point.attributes["db.client.connection.state"]: point.value
            for point in self.receiver.points(COUNT, **POOL)
        }

    def test_connections_are_used_or_idle_and_limited(self):
        first = self.cursor()
        self.cursor()
        self.assertEqual(self.states(), {"used": 2, "idle": 0})
        first.close()
        self.assertEqual(self.states(), {"used": 1, "idle": 1})
        self.assertEqual(self.point("db.client.connection.max", **POOL).value, 2)

    def test_each_borrowing_is_timed(self):
        self.cursor().close()
        self.cursor().close()
        self.flush()
        point = self.point(WAIT, **POOL)
        self.assertEqual(point.value, 2)
        self.assertGreater(point.data.sum, 0)

    def test_full_pool_is_counted_and_odoo_gets_its_error(self):
        self.flush()
        self.assertEqual(self.point(TIMEOUTS, **POOL).value, 0)
        self.cursor()
        self.cursor()
        with self.assertRaisesRegex(sql_db.PoolError, "Full"):
            self.cursor()
        self.flush()
        self.assertEqual(self.point(TIMEOUTS, **POOL).value, 1)
        self.assertEqual(self.point(WAIT, **POOL).value, 2)

    def test_pool_of_a_replica_has_a_name_of_its_own(self):
        self.startPatcher(
            mock.patch.object(sql_db, "_Pool_readonly", sql_db.ConnectionPool(3, readonly=True))
        )
        self.flush()
        name = {"db.client.connection.pool.name": "read_only"}
        self.assertEqual(self.point("db.client.connection.max", **name).value, 3)

    def test_what_the_drainer_does_not_come_to_count_is_counted_by_who_brings_it(self):
        recorder, many = self.telemetry.recorder, connections.MAX_PENDING + 5
        self.flush()
        before = self.receiver.total(WAIT, **POOL)
        call = Call(b"1" * 8, b"2" * 8, "GET", "https://example.com/", 1, 0.1, 200, None)
        for _ in range(many):
            recorder.connections.add(0.1, is_readonly=False)
            recorder.measurements.add(semconv.REPORT_PAGES, ("sale", "shop"), 1)
            recorder.count_call(call)
            waiting = recorder.connections.pending[False], recorder.measurements._pending, recorder._calls
            self.assertLessEqual(max(map(len, waiting)), connections.MAX_PENDING)
        self.flush()
        self.assertGreaterEqual(self.receiver.total(WAIT, **POOL) - before, many)
        self.assertEqual(self.receiver.total("odoo.report.pages"), many)
        self.assertEqual(self.receiver.total("http.client.request.duration"), many)
