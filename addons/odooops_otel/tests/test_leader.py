"""One process of all tells what is true of a database; when it ends, another does."""

import contextlib
import datetime
import threading
import time
from collections.abc import Iterator
from unittest import mock

import psycopg2

from odoo import sql_db
from odoo.tests import TransactionCase, tagged

from ..telemetry import cron_schedule, failures, leader, mail
from ..telemetry.activity import Activity
from ..telemetry.leader import LOCK, Leader
from ..telemetry.measurements import Measurements
from ..tools import metrics, semconv
from ..tools.activity import Sighting
from ..tools.observation import Observation
from .common import TelemetryMixin
from .test_cron import make_job

WAITED_FOR = 0x6F64_6F6F_7761_6974


def is_waiting(cursor: sql_db.Cursor, pid: int) -> bool:
    cursor.execute("SELECT EXISTS (SELECT FROM pg_locks WHERE pid = %s AND NOT granted)", [pid])
    return cursor.fetchone()[0]


@contextlib.contextmanager
def waiting_session(database: str) -> Iterator[int]:
    """The process of a session that waits for a lock until the block ends."""
    connection = sql_db.db_connect(database)
    with connection.cursor() as holder, connection.cursor() as waiter:
        holder.execute("SELECT pg_advisory_xact_lock(%s)", [WAITED_FOR])
        pid = waiter._cnx.info.backend_pid
        thread = threading.Thread(
            target=waiter.execute, args=("SELECT pg_advisory_xact_lock(%s)", [WAITED_FOR])
        )
        thread.start()
        try:
            while not is_waiting(holder, pid):
                pass
            yield pid
        finally:
            holder.rollback()
            thread.join()


class Loaded:
    """Stands for the models of a database that have been loaded anew."""


@tagged("post_install", "-at_install")
class TestLeader(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.database, self.now = self.env.cr.dbname, 0.0
        self.startPatcher(mock.patch.object(leader, "_databases", return_value=[self.database]))
        self.startPatcher(mock.patch.object(leader, "questions", [cron_schedule.observe, mail.observe]))
        # The process that runs the tests may lead already.
        self.startPatcher(mock.patch.object(leader, "LOCK", LOCK + 1))

    def process(self, directory=None) -> tuple[Leader, dict]:
        """A process that has not looked yet, of the machine with that directory, and what it tells."""
        measurements = Measurements(metrics.Instrument)
        activity = Activity(directory or self.temporary_directory())
        made = Leader(measurements, activity, clock=lambda: self.now)
        self.addCleanup(made.step, 0.0)
        return made, measurements.states

    def test_one_of_two_processes_leads(self):
        (first, told), (second, untold) = self.process(), self.process()
        first.step(None)
        second.step(None)
        second.step(None)
        names = {state.metric.name for state in told[self.database]}
        self.assertLessEqual(
            {"odooops.telemetry.leader", "odoo.cron.job.overdue", "odoo.mail.queue.length"}, names
        )
        self.assertEqual(untold, {})

    def test_another_leads_when_the_first_ends(self):
        (first, told), (second, other) = self.process(), self.process()
        first.step(None)
        first.step(0.0)
        second.step(None)
        self.assertEqual((told, list(other)), ({}, [self.database]))

    def test_another_leads_when_the_first_is_killed(self):
        (first, told), (second, other) = self.process(), self.process()
        first.step(None)
        self.kill(first)
        second.step(None)
        self.assertEqual(list(other), [self.database])
        first.step(None)  # it was only its connection: it tells no more
        self.assertEqual(told, {})
        first.step(None)
        self.assertEqual(told, {})

    def kill(self, process: Leader):
        """End the connection from the other side, as PostgreSQL sees the end of a process."""
        pid = {**process._leads, **process._visits}[self.database]._cnx.info.backend_pid
        with sql_db.db_connect("postgres").cursor() as cursor:
            cursor.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])
            self.assertTrue(cursor.fetchone()[0])

    def test_question_that_takes_too_long_is_given_up_and_the_others_are_answered(self):
        def slow(cursor):
            cursor.execute("SELECT pg_sleep(60)", log_exceptions=False)

        def wrong(cursor):
            cursor.execute("SELECT a FROM no_such_table", log_exceptions=False)

        def fine(cursor):
            cursor.execute("SELECT 4", log_exceptions=False)
            yield Observation(semconv.MAIL_QUEUE_AGE, {(cursor.dbname,): cursor.fetchone()[0]})

        self.startPatcher(mock.patch.object(leader, "STATEMENT_TIMEOUT", "20ms"))
        self.startPatcher(mock.patch.object(leader, "questions", [slow, wrong, fine]))
        process, told = self.process()
        with (
            self.assertLogs("odoo.addons.odooops_otel", "ERROR"),
            mock.patch.dict("odoo.addons.odooops_otel.telemetry.faults._reported", clear=True),
        ):
            process.step(None)
        self.assertEqual([state.metric.name for state in told[self.database]][1:], ["odoo.mail.queue.age"])

    def test_database_that_is_not_served_any_more_is_given_up(self):
        (first, told), (second, other) = self.process(), self.process()
        first.step(None)
        with mock.patch.object(leader, "_databases", list):
            first.step(None)
        second.step(None)
        self.assertEqual((told, list(other)), ({}, [self.database]))

    def test_database_that_cannot_be_reached_is_no_fault(self):
        self.startPatcher(mock.patch.object(leader, "_databases", return_value=["no_such_database_odooops"]))
        process, told = self.process()
        with self.assertNoLogs("odoo.addons.odooops_otel", "ERROR"):
            process.step(None)
        self.assertEqual(told, {})

    def test_database_that_was_dropped_is_not_asked_again_until_it_is_loaded_anew(self):
        name = "no_such_database_odooops"
        self.startPatcher(mock.patch.object(leader, "_databases", return_value=[name]))
        process, _told = self.process()
        with (
            mock.patch.object(process, "_try", autospec=True, side_effect=process._try) as tried,
            mock.patch.object(failures.Registry, "registries", {name: self.registry}) as registries,
        ):
            for self.now in (0.0, failures.FIRST_PAUSE, 9 * failures.MAX_PAUSE):
                process.step(None)
            self.assertEqual(tried.call_count, 1)
            registries[name] = Loaded()
            process.step(None)
            self.assertEqual(tried.call_count, 2)

    def test_database_that_cannot_be_reached_is_asked_less_and_less_often(self):
        process, told = self.process()
        asked = []
        with mock.patch.object(
            process, "_try", side_effect=psycopg2.OperationalError("it restarts")
        ) as tried:
            for self.now in range(0, 1200, 15):
                process.step(None)
                asked += [self.now] * (tried.call_count - len(asked))
        self.assertEqual(asked, [0, 15, 45, 105, 225, 465, 765, 1065])
        self.now = 1065 + failures.MAX_PAUSE
        process.step(None)
        self.assertEqual(list(told), [self.database])

    def test_time_of_its_thread_is_counted(self):
        process, _told = self.process()

        def compute(*_args):
            began = time.thread_time()
            while time.thread_time() - began < 0.01:
                sum(range(1000))

        for work in ("step", "watch"):
            with (
                self.subTest(work),
                mock.patch.multiple(process, step=mock.Mock(), watch=mock.Mock()),
                mock.patch.object(process, work, side_effect=compute),
                mock.patch.object(process._wake, "wait", side_effect=[False, True]),
            ):
                process.cpu_time = 0.0
                process.run()
                self.assertGreaterEqual(process.cpu_time, 0.01)

    def test_process_that_serves_many_leads_some_and_goes_on_leading_them(self):
        process, told = self.process()
        served = mock.patch.object(leader, "_databases", return_value=[f"db{number}" for number in range(30)])
        lead = mock.patch.object(
            process, "_try", side_effect=lambda name: process._leads.setdefault(name, name)
        )
        with served, lead, mock.patch.object(leader, "_ask", return_value=[]):
            process.step(None)
            first = set(told)
            process.step(None)
        self.assertEqual(len(first), leader._limit())
        self.assertEqual(set(told), first)
        process._leads.clear()

    def seen(self, directory) -> list[Sighting]:
        """What a process that has just begun finds on a machine, of sessions that wait."""
        return [each for each in Activity(directory)._load(self.database) if each.wait]

    def test_on_each_machine_one_process_sees_the_sessions_and_one_of_all_counts_them(self):
        here, there = self.temporary_directory(), self.temporary_directory()
        (first, told), (other, untold), (third, nothing) = map(self.process, (here, there, there))
        for process in (first, other, third):
            process.step(None)
        with waiting_session(self.database) as pid:
            for process in (first, other, third):
                process.watch()
        for directory in (here, there):
            self.assertIn(pid, [each.pid for each in self.seen(directory)])
        self.assertEqual((untold, nothing, list(third._visits)), ({}, {}, []))
        [waiting] = told[f"{self.database}\nsessions"]
        self.assertEqual(waiting.values[self.database,], 1)
        for process in (first, other):
            process.watch()
        counted = [len(process._measurements._pending) for process in (first, other)]
        self.assertEqual(counted, [1, 0], "a wait that has ended is counted once")

    def test_another_sees_the_sessions_for_its_machine_when_the_first_ends(self):
        there = self.temporary_directory()
        (first, _told), (second, _untold), (third, _nothing) = map(self.process, (None, there, there))
        for process in (first, second, third):
            process.step(None)
        second.step(0.0)
        third.step(None)
        with waiting_session(self.database) as pid:
            third.watch()
        self.assertIn(pid, [each.pid for each in self.seen(there)])

    def test_who_saw_for_its_machine_leads_when_the_leader_ends_and_goes_on_seeing(self):
        there = self.temporary_directory()
        (first, _told), (second, told) = self.process(), self.process(there)
        first.step(None)
        second.step(None)
        second.watch()
        first.step(0.0)
        second.step(None)
        with waiting_session(self.database) as pid:
            second.watch()
        second.watch()
        self.assertIn(pid, [each.pid for each in self.seen(there)])
        self.assertIn(f"{self.database}\nsessions", told)
        self.assertEqual((list(second._visits), len(second._measurements._pending)), ([], 1))

    def test_who_sees_for_its_machine_and_loses_its_connection_begins_anew(self):
        there = self.temporary_directory()
        (first, _told), (second, _untold) = self.process(), self.process(there)
        first.step(None)
        second.step(None)
        self.kill(second)
        second.watch()
        self.assertEqual(list(second._visits), [])
        second.step(None)
        self.assertEqual(list(second._visits), [self.database])

    def test_no_transaction_stays_open(self):
        process, _told = self.process()
        process.step(None)
        self.assertEqual(process._leads[self.database]._cnx.info.transaction_status, 0)

    def test_what_it_tells_is_sent(self):
        self.start_telemetry()
        self.telemetry.leader.__class__.step(self.telemetry.leader, None)
        self.addCleanup(self.telemetry.leader.step, 0.0)
        self.flush()
        self.assertEqual(self.point("odooops.telemetry.leader").value, 1)


@tagged("post_install", "-at_install")
class TestCronSchedule(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        self.job = make_job(self.env, "pass")
        self.key = ("Test job", self.env.cr.dbname)

    def observed(self) -> tuple:
        self.env.flush_all()
        return tuple(state.values.get(self.key) for state in cron_schedule.observe(self.env.cr))[:3]

    def set(self, **values):
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(f"UPDATE ir_cron SET {name} = %s WHERE id = %s", [value, self.job.id])

    def ago(self, **amount):
        return datetime.datetime.now(datetime.UTC).replace(tzinfo=None) - datetime.timedelta(**amount)

    def test_job_that_is_not_due_is_not_overdue(self):
        self.set(nextcall=self.ago(hours=-1))
        self.assertEqual(self.observed(), (0.0, 0, None))

    def test_job_that_is_due_or_was_triggered_is_overdue_since_then(self):
        self.set(nextcall=self.ago(minutes=10))
        self.assertAlmostEqual(self.observed()[0], 600, delta=30)
        self.set(nextcall=self.ago(hours=-1))
        self.env["ir.cron.trigger"].create({"cron_id": self.job.id, "call_at": self.ago(minutes=2)})
        self.assertAlmostEqual(self.observed()[0], 120, delta=30)

    def test_failures_bring_deactivation_nearer(self):
        self.set(failure_count=3, first_failure_date=self.ago(days=6))
        _overdue, failures, left = self.observed()
        self.assertEqual(failures, 3)
        self.assertAlmostEqual(left, 86400, delta=60)
        self.set(failure_count=7, first_failure_date=self.ago(days=9))
        self.assertEqual(self.observed()[2], 0.0)

    def test_jobs_that_fail_or_are_overdue_are_told_first_and_how_many_are_not(self):
        failing, overdue, idle = (make_job(self.env, "pass") for _ in range(3))
        for job, name in ((failing, "Failing"), (overdue, "Overdue"), (idle, "Idle")):
            job.name = name
        self.env["ir.cron"].search(
            [("id", "not in", (self.job | failing | overdue | idle).ids)]
        ).active = False
        self.env.flush_all()
        self.env.cr.execute("UPDATE ir_cron SET nextcall = %s WHERE active", [self.ago(hours=-1)])
        self.env.cr.execute("UPDATE ir_cron SET failure_count = 2 WHERE id = %s", [failing.id])
        self.env.cr.execute(
            "UPDATE ir_cron SET nextcall = %s WHERE id = %s", [self.ago(minutes=5), overdue.id]
        )
        with mock.patch.object(cron_schedule, "MAX_JOBS", 2):
            told = {state.metric.name: state.values for state in cron_schedule.observe(self.env.cr)}
        names = {name for name, _database in told["odoo.cron.job.overdue"]}
        self.assertEqual(names, {"Failing", "Overdue"})
        self.assertEqual(told["odoo.cron.job.left_out"], {(self.env.cr.dbname,): 2})

    def test_job_that_is_switched_off_is_not_told(self):
        self.job.active = False
        self.assertEqual(self.observed(), (None, None, None))

    def test_lateness_of_a_planned_run_is_told_and_that_of_a_triggered_one_is_not(self):
        for nextcall in (self.ago(minutes=3), self.ago(hours=-1)):
            cron_schedule._note_lateness(self.key[1], {"cron_name": self.key[0], "nextcall": nextcall})
        self.flush()
        point = self.point("odoo.cron.job.lateness")
        self.assertEqual(point.value, 1)
        self.assertEqual(point.attributes, {"odoo.cron.name": "Test job", "db.namespace": self.key[1]})

    def test_run_by_odoo_tells_its_lateness(self):
        self.set(nextcall=self.ago(minutes=3))
        with self.enter_registry_test_mode():
            self.job.method_direct_trigger()
        self.flush()
        self.assertEqual(self.point("odoo.cron.job.lateness").value, 1)
