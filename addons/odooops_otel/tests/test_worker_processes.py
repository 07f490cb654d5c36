"""Every kind of Odoo process for real: what each records, and what survives its end."""

import re
import signal
import socket
import threading
from collections import Counter
from pathlib import Path

import psutil

from odoo import sql_db
from odoo.tests import get_db_name, tagged

from ..telemetry import slot
from .odoo_process import OdooProcess
from .otlp_receiver import OtlpReceiver
from .process_common import DURATION, ProcessCase, ReceiverCase


def is_pending(process: psutil.Process, number: int) -> bool:
    """Whether a process that is suspended has been sent a signal (proc(5), status: ShdPnd)."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    (waiting,) = re.findall(r"^ShdPnd:\s*(\w+)$", status, re.MULTILINE)
    return bool(int(waiting, 16) >> (number - 1) & 1)


def ends(server: OdooProcess, kind: str) -> Counter[str]:
    """How processes of a kind ended, and ``lost``: the requests that they took along."""
    found: Counter[str] = Counter()
    for each in slot.survey(server.telemetry_directory):
        if each["name"].startswith(f"{kind}-"):
            counters = each["counters"]
            found += Counter({reason: counters["worker", "exit", reason] for reason in slot.EXITS})
            found["killed"] += each["is_killed"]
            found["lost"] += counters["process", "lost"]
    return found


@tagged("post_install", "-at_install")
class TestPrefork(ProcessCase):
    environ = {"OTEL_EXPORTER_OTLP_TIMEOUT": "soon"}
    options = {"workers": 2, "max_cron_threads": 1, "limit_request": 15}

    @classmethod
    def setUpClass(cls):
        with sql_db.db_connect(get_db_name()).cursor() as cr:  # no job is due but the one of the test
            cr.execute("UPDATE ir_cron SET nextcall = now() at time zone 'UTC' + interval '1 day'")
        super().setUpClass()

    def test_requests_are_counted_over_workers_recycling_and_kills(self):
        path, sent = "/web/static/img/favicon.ico", 0
        route = {"http.route": "/<module>/static/<path:path>"}
        with self.subTest("recycled"):  # 60 requests, 15 a worker
            self.send(60, path)
            sent += 60
            self.assert_counted(sent, **route)
            self.assertGreaterEqual(len(self.server.lines("max request")), 2)
            self.assert_exits("limit_request", 2)
        with self.subTest("killed"):
            self.kill_http_workers()
            self.send(20, path)
            sent += 20
            self.assert_counted(sent, **route)
            self.assert_exits("killed", 2)
        with self.subTest("killed before they sent"):  # what they had not sent is missing, and no more
            self.send(10, path)
            self.kill_http_workers()
            self.send(10, path)
            self.receiver.wait_for(lambda: self.counted(**route) >= sent + 10)
            self.assertLessEqual(self.counted(**route), sent + 20)
        self.assertEqual(self.instances("http"), {"http-0", "http-1"})

    def assert_exits(self, reason: str, at_least: int) -> None:
        attributes = {"odoo.worker.type": "http", "odoo.worker.exit.reason": reason}
        self.receiver.wait_for(lambda: self.receiver.total("odoo.worker.exits", **attributes) >= at_least)

    def kill_http_workers(self) -> None:
        killed = self.server.wait_for(self.http_workers_with_slots)
        for worker in killed:
            worker.kill()
        self.server.wait_for(lambda: not any(worker.is_running() for worker in killed))
        self.server.wait_for(lambda: len(self.server.workers()) == 3)

    def http_workers_with_slots(self) -> list:
        """Both HTTP workers, once each has taken its slot: one that was just born counts nothing."""
        slots = slot.survey(self.server.telemetry_directory)
        holders = {found["pid"] for found in slots if found["name"].startswith("http-")}
        found = [worker for worker in self.server.workers() if worker.pid in holders]
        return found if len(found) == 2 else []

    def test_processes_that_are_told_to_end_by_the_master_send_their_last_requests(self):
        # Its own master: the end of the shared one is everybody's.
        server = self.make_server(OTEL_METRIC_EXPORT_INTERVAL="60000")
        server.start()
        self.addCleanup(server.stop)
        login, websocket = {"http.route": "/web/login"}, {"http.route": "/websocket/health"}
        server.wait_for(lambda: server.answers("/websocket/health", server.gevent_port))
        before = self.counted(**login), self.counted(**websocket)
        for _ in range(6):
            server.get("/web/login")
        server.stop()
        self.assert_counted(before[0] + 6, **login)
        self.assert_counted(before[1] + 1, **websocket)
        slots = slot.survey(server.telemetry_directory)
        self.assertIn("evented-0", [found["name"] for found in slots])
        for found in slots:
            self.assertEqual(found["pid"], 0, found)

    def test_evented_process_is_told_to_end_and_has_its_time_for_it(self):
        slow = OtlpReceiver()
        self.addCleanup(slow.stop)
        server = self.make_server(OTEL_EXPORTER_OTLP_ENDPOINT=slow.url, OTEL_METRIC_EXPORT_INTERVAL="60000")
        server.start()
        self.addCleanup(server.stop)
        with self.subTest("told twice, while it sends"):
            server.wait_for(lambda: server.answers("/websocket/health", server.gevent_port))
            slow.delay, sent = 0.5, slow.attempts
            process = server.evented()
            process.terminate()
            server.wait_for(lambda: slow.attempts > sent)
            process.terminate()
            server.wait_for(lambda: not process.is_running())
            slow.delay = 0.0
            server.wait_for(lambda: server.answers("/websocket/health", server.gevent_port))
            self.assertEqual(ends(server, "evented")["lost"], 0)
        with self.subTest("deaf"):  # the master tells it, and kills it only then
            process = server.evented()
            process.suspend()
            master = threading.Thread(target=server.stop)
            master.start()
            server.wait_for(lambda: is_pending(process, signal.SIGTERM))
            self.assertTrue(process.is_running())
            master.join()
            self.assertFalse(process.is_running())
            self.assertEqual(server.lines("Traceback"), [])

    def test_malformed_value_is_told_by_one_of_all_processes(self):
        self.receiver.wait_for(lambda: self.instances("evented"))
        (line,) = self.server.lines("OTEL_EXPORTER_OTLP_TIMEOUT")
        self.assertIn("10000 is used instead", line)

    def test_master_has_no_telemetry(self):
        self.assertEqual(self.server.master.num_threads(), 1)
        pids = {found["pid"] for found in slot.survey(self.server.telemetry_directory)}
        self.assertNotIn(self.server.master.pid, pids)

    def test_evented_process_reports_its_requests(self):
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        self.receiver.wait_for(lambda: self.counted(**{"http.route": "/websocket/health"}))
        (point, *_) = self.receiver.points(DURATION, **{"http.route": "/websocket/health"})
        self.assertEqual(point.resource["odoo.worker.type"], "evented")
        self.assertTrue(point.resource["service.instance.id"].endswith("/evented-0"))

    def test_websocket_is_a_request_that_ends_when_it_is_upgraded(self):
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        with socket.create_connection(("127.0.0.1", self.server.gevent_port), 10) as connection:
            connection.sendall(
                f"GET /websocket?version=saas-18.5-1 HTTP/1.1\r\nHost: 127.0.0.1:{self.server.gevent_port}\r\n"
                f"Origin: http://127.0.0.1:{self.server.gevent_port}\r\n"
                "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n".encode()
            )
            self.assertIn(b" 101 ", connection.recv(4096))
            attributes = {"http.route": "/websocket", "http.response.status_code": 101}
            self.receiver.wait_for(lambda: self.counted(**attributes))

    def test_evented_process_obeys_signals_and_its_successor_has_its_slot(self):
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        process = self.server.evented()
        process.terminate()  # as Odoo's memory watchdog does
        self.server.wait_for(lambda: not process.is_running())
        self.server.wait_for(lambda: self.server.get("/websocket/health", self.server.gevent_port) == 200)
        self.assertEqual(self.instances("evented"), {"evented-0"})

    def test_cron_worker_records_the_jobs_it_runs(self):
        with sql_db.db_connect(get_db_name()).cursor() as cr:
            cr.execute(
                "UPDATE ir_cron SET nextcall = now() at time zone 'UTC' - interval '1 minute', active = true "
                "WHERE id = (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'autovacuum_job') "
                "RETURNING cron_name"
            )
            (name,) = cr.fetchone()
        # A notice that comes before the worker listens is lost, and the worker looks again after a minute.
        self.server.wait_for(lambda: self.notify() or self.server.lines("Job .* starting"), 30, pause=1)
        attributes = {"odoo.cron.name": name, "db.namespace": get_db_name()}
        (point, *_) = self.receiver.wait_for(
            lambda: self.receiver.points("odoo.cron.job.duration", **attributes), 30
        )
        self.assertEqual(point.resource["odoo.worker.type"], "cron")
        self.assertTrue(point.resource["service.instance.id"].endswith("/cron-0"))

    def notify(self) -> None:
        """Tell cron workers that there is something to do."""
        with sql_db.db_connect("postgres").cursor() as cr:
            cr.execute("SELECT pg_notify('cron_trigger', %s)", [get_db_name()])


@tagged("post_install", "-at_install")
class TestPreforkReload(ProcessCase):
    options = {"workers": 1}

    def test_reload_keeps_counting(self):
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        self.send(5)
        before = {worker.pid for worker in self.server.workers()}
        self.server.master.send_signal(signal.SIGHUP)
        self.server.wait_for(lambda: self.server.lines("Old server stopped"), 30)
        self.server.wait_for(lambda: not before & {worker.pid for worker in self.server.workers()})
        counted = self.counted()
        self.send(7)
        self.receiver.wait_for(lambda: self.counted() >= counted + 7)
        # It is the child of the new master by now, and told by the old one.
        self.assertEqual(ends(self.server, "evented"), Counter(stopped=1))
        self.assertEqual(self.server.lines("Telemetry could not|Traceback"), [])


@tagged("post_install", "-at_install")
class TestThreaded(ProcessCase):
    environ = {"OTEL_METRIC_EXPORT_INTERVAL": "60000"}

    def test_requests_at_once_are_counted_exactly_before_a_reload_and_at_the_end(self):
        path, route = "/web/login", {"http.route": "/web/login"}
        self.send(100, path, threads=8)
        self.server.master.send_signal(signal.SIGHUP)
        self.server.wait_for(lambda: len(self.server.lines("Telemetry started")) == 2, 30)
        self.assert_counted(100, **route)
        self.server.wait_for(lambda: self.server.answers("/web/health"))
        self.send(20, path)
        self.server.stop()
        self.assert_counted(120, **route)
        self.assertEqual(self.instances("threaded"), {"threaded-0"})
        self.assertGreater(self.receiver.total("odoo.request.sql.statements", **route), 120)


@tagged("post_install", "-at_install")
class TestOtherProcesses(ReceiverCase):
    def test_statements_of_a_shell_are_counted(self):
        server = self.make_server()
        code = "for _ in range(50): env.cr.execute('SELECT 1')\nenv.cr.execute(b'TABLE res_company')"
        done = server.run("shell", "--log-level=warn", stdin=code)
        self.assertEqual(done.returncode, 0, done.stderr)
        operations = "db.client.operation.duration"
        self.assertGreaterEqual(self.receiver.total(operations, **{"db.operation.name": "SELECT"}), 50)
        (point,) = self.receiver.points(operations, **{"db.operation.name": "TABLE"})
        self.assertEqual(point.attributes["db.namespace"], get_db_name())
        self.assertEqual(point.resource["odoo.worker.type"], "shell")

    def test_server_that_only_updates_starts_no_telemetry(self):
        self.receiver.received.clear()
        done = self.make_server().run("server", "--stop-after-init", "--no-http")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertNotIn("Telemetry", done.stderr)
        self.assertEqual(self.receiver.received, [])

    def test_disabled_by_the_standard_variable_nothing_is_sent(self):
        self.receiver.received.clear()
        self.server = self.make_server(OTEL_SDK_DISABLED="true")
        self.server.start()
        self.addCleanup(self.server.stop)
        self.send(5)
        self.server.stop()
        self.assertEqual(self.receiver.received, [])
        self.assertEqual(self.server.lines("Telemetry"), [])
        self.assertFalse(self.server.telemetry_directory.exists())

    def test_malformed_value_is_one_line_and_an_unreachable_receiver_another(self):
        closed = OtlpReceiver()
        closed.stop()
        self.server = self.make_server(
            OTEL_EXPORTER_OTLP_ENDPOINT=closed.url, OTEL_EXPORTER_OTLP_TIMEOUT="soon"
        )
        self.server.start()
        self.addCleanup(self.server.stop)
        self.send(10)
        self.server.wait_for(lambda: self.server.lines("cannot be delivered"))
        self.send(10)
        self.server.stop()
        (malformed,) = self.server.lines("OTEL_EXPORTER_OTLP_TIMEOUT")
        self.assertIn("WARNING", malformed)
        self.assertEqual(len(self.server.lines("cannot be delivered")), 1)
        self.assertEqual(self.server.lines("Traceback|ERROR"), [])
        (found,) = slot.survey(self.server.telemetry_directory)
        self.assertGreater(found["counters"]["metrics", "failed"], 0)
        self.assertGreater(found["counters"]["metrics", "dropped", "shutdown"], 0)

    def test_silent_receiver_delays_no_request_of_any_worker(self):
        silent = OtlpReceiver()
        self.addCleanup(silent.stop)
        silent.blackhole()
        self.server = self.make_server({"workers": 1}, OTEL_EXPORTER_OTLP_ENDPOINT=silent.url)
        self.server.start()
        self.addCleanup(self.server.stop)
        self.server.wait_for(lambda: self.server.answers("/websocket/health", self.server.gevent_port))
        self.server.wait_for(lambda: silent.connections == 2)  # each waits for its answer, ten seconds
        for _ in range(20):
            self.assertEqual(self.server.get("/web/health"), 200)
            self.assertEqual(self.server.get("/websocket/health", self.server.gevent_port), 200)
        self.assertEqual(silent.attempts, 2, "the requests took as long as the receiver's silence")
