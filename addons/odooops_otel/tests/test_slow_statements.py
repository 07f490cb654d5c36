"""A slow statement is told with its line, its session, PostgreSQL's id of it and the lock that it waited for."""

import threading
import time
from unittest import mock

from odoo import sql_db
from odoo.tests import HttpCase, TransactionCase, tagged

from ..telemetry import leader as leader_module
from ..telemetry.leader import LOCK, Leader
from .common import RpcMixin, TelemetryMixin
from .test_diagnosis import HERE as _HERE, dictionary

HERE = _HERE.replace("test_diagnosis", "test_slow_statements")
SLOW = {"ODOOOPS_TRACES_SLOW_STATEMENT": "50"}
SECRET = "s3cret-of-the-test"


class WatchMixin(TelemetryMixin):
    """A process that leads and looks when it is told to."""

    def lead(self) -> Leader:
        self.startPatcher(mock.patch.object(leader_module, "_databases", return_value=[self.env.cr.dbname]))
        self.startPatcher(mock.patch.object(leader_module, "questions", []))
        # The process that runs the tests may lead already.
        self.startPatcher(mock.patch.object(leader_module, "LOCK", LOCK + 2))
        made = self.telemetry.leader
        self.addCleanup(made.step, 0.0)
        made.step(None)
        return made

    def table(self) -> str:
        """A table with one row that other sessions see, too."""
        name = f"odooops_test_{time.time_ns()}"
        with self.session() as cursor:
            cursor.execute(f"CREATE TABLE {name} AS SELECT 1 AS n, ''::text AS t")
            cursor.commit()
        self.addCleanup(self.drop, name)
        return name

    def drop(self, name):
        with self.session() as cursor:
            cursor.execute(f"DROP TABLE {name}")
            cursor.commit()

    def session(self):
        return sql_db.db_connect(self.env.cr.dbname).cursor()

    def looking(self, leader: Leader, seen=lambda: None):
        """While a request runs, look again and again; ``seen()`` is called after each look."""
        done = threading.Event()

        def look():
            while not done.wait(0.05):
                leader.watch()
                seen()

        thread = threading.Thread(target=look)
        thread.start()
        self.addCleanup(thread.join)
        self.addCleanup(done.set)
        return done, thread


@tagged("post_install", "-at_install")
class TestSlowStatements(WatchMixin, RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry(**SLOW)

    def slow_spans(self, name: str) -> list:
        return [span for span in self.receiver.spans(name) if "odoo.sql.slow" in span.attributes]

    def test_slow_statement_is_met_after_the_clock_was_set_back(self):
        def controller(cr):
            [hook] = threading.current_thread().query_hooks
            hook(cr, "SELECT 1 AS later", None, time.time() + 3600, 0.0)
            hook(cr, "SELECT 1 AS planted", None, time.time(), 0.1)
            return "done"

        self.serve(controller)
        self.url_open("/web/login")
        self.kept()
        self.assertEqual(
            [span.attributes["db.query.text"] for span in self.slow_spans("SELECT")], ["SELECT ? AS planted"]
        )

    def test_slow_statement_is_marked_with_its_line_and_its_session(self):
        def controller(cr):
            cr.execute("SELECT 1")
            cr.execute("SELECT pg_sleep(0.1), pg_backend_pid() AS planted")
            found.append(cr.fetchone()[1])
            return "done"

        found = []
        self.serve(controller)
        self.url_open("/web/login")
        [own] = self.kept()
        [slow] = self.slow_spans("SELECT")
        self.assertIn("planted", slow.attributes["db.query.text"])
        expected = {
            "odoo.sql.slow": True,
            "odooops.postgresql.backend.pid": found[0],
            "code.file.path": HERE,
            "code.line.number": controller.__code__.co_firstlineno + 2,
        }
        self.assertLessEqual(expected.items(), slow.attributes.items())
        self.assertEqual(slow.data.parent_span_id, own.data.span_id)
        self.assertEqual(own.attributes["odooops.postgresql.backend.pid"], found[0])
        texts = [span.attributes.get("db.query.text", "") for span in self.receiver.spans()]
        self.assertEqual(sum("planted" in text for text in texts), 1)
        children = [span for span in self.receiver.spans() if span.data.parent_span_id == own.data.span_id]
        statements = [span for span in children if "db.operation.name" in span.attributes]
        self.assertEqual(len(statements), own.attributes["odoo.sql.count"])

    def test_slow_statement_beyond_the_limit_of_spans_is_told_all_the_same(self):
        self.start_telemetry(**SLOW, ODOOOPS_TRACES_STATEMENT_LIMIT="0")
        self.serve(lambda cr: cr.execute("SELECT pg_sleep(0.1)") or "done")
        self.url_open("/web/login")
        [own] = self.kept()
        self.assertEqual(len(self.slow_spans("SELECT")), 1)
        counted = [span.attributes.get("odoo.sql.count", 1) for span in self.receiver.spans()[1:]]
        statements = [
            span.attributes.get("odoo.sql.count", 1)
            for span in self.receiver.spans()
            if "db.operation.name" in span.attributes
        ]
        self.assertEqual(sum(statements), own.attributes["odoo.sql.count"], counted)

    def test_request_that_waits_for_a_lock_says_for_whom(self):
        leader, table = self.lead(), self.table()
        blocker = self.session()
        self.addCleanup(blocker.close)
        blocker.execute(f"UPDATE {table} SET n = 2, t = '{SECRET}'")
        holder = blocker._cnx.get_backend_pid()

        def controller(cr):
            with self.session() as own:
                own.execute(f"UPDATE {table} SET n = 3, t = '{SECRET}'")
                own.rollback()
            return "done"

        looks = []

        def release_after_some_looks():
            looks.append(self.waiting(leader))
            if sum(looks) == 4 or len(looks) == 200:
                blocker.rollback()

        self.serve(controller)
        done, thread = self.looking(leader, release_after_some_looks)
        self.url_open("/web/login")
        done.set()
        thread.join()
        leader.watch()
        [own] = self.kept()
        [slow] = self.slow_spans(f"UPDATE {table}")
        [event] = [each for each in slow.data.events if each.name == "odoo.sql.lock_wait"]
        told = dictionary(event)
        self.assertEqual(told["odoo.sql.lock_wait.event"], "transactionid")
        self.assertEqual(
            [each.int_value for each in told["odooops.postgresql.blocking.pids"].values], [holder]
        )
        [session] = [each.string_value for each in told["odooops.postgresql.blocking.sessions"].values]
        self.assertIn("idle in transaction", session)
        self.assertIn(f"UPDATE {table} SET n = ?, t = ?", session)
        self.assertGreaterEqual(own.attributes["odoo.sql.lock_wait.time"], 0.1)
        self.assertRegex(slow.attributes["odooops.postgresql.query.id"], r"^-?\d+$")
        self.assertEqual(self.waiting(leader), 0)
        point = self.point("odoo.sql.lock_wait.duration", **{"odoo.sql.lock_wait.event": "transactionid"})
        self.assertEqual((point.value, point.attributes["db.collection.name"]), (1, table))
        self.assertNotIn(SECRET.encode(), self.receiver.everything())
        self.assertNotIn(SECRET, self.seen_by_others())

    def waiting(self, leader) -> int:
        states = leader._states.get(leader_module._sessions_of(self.env.cr.dbname), ())
        return sum(value for told in states for value in told.values.values())

    def seen_by_others(self) -> str:
        [path] = self.telemetry.directory.glob("activity-*.json")
        self.assertEqual(path.stat().st_mode & 0o777, 0o600)
        return path.read_text()

    def test_id_of_a_slow_statement_is_postgresql_s(self):
        leader = self.lead()
        query = "SELECT pg_sleep(1), 42 AS planted"
        with self.session() as cursor:
            cursor.execute(f"EXPLAIN (VERBOSE, FORMAT JSON) {query}")
            expected = cursor.fetchone()[0][0].get("Query Identifier")
        self.serve(lambda cr: cr.execute(query) or "done")
        done, thread = self.looking(leader)
        self.url_open("/web/login")
        done.set()
        thread.join()
        self.assertEqual(len(self.kept()), 1)
        [slow] = self.slow_spans("SELECT")
        self.assertTrue(expected, "compute_query_id is off")
        self.assertEqual(slow.attributes["odooops.postgresql.query.id"], str(expected))


@tagged("post_install", "-at_install")
class TestLockWatch(WatchMixin, TransactionCase):
    def test_nothing_is_told_of_a_database_that_another_process_leads(self):
        self.start_telemetry()
        leader = self.lead()
        leader.watch()
        self.assertIn(leader_module._sessions_of(self.env.cr.dbname), leader._states)
        leader.step(0.0)
        self.assertEqual(leader._states, {})

    def test_connection_that_is_lost_gives_up_the_lead(self):
        self.start_telemetry()
        leader = self.lead()
        leader._leads[self.env.cr.dbname]._cnx.close()
        with self.assertNoLogs("odoo.addons.odooops_otel", "ERROR"):
            leader.watch()
        self.assertEqual((leader._leads, leader._states), ({}, {}))
