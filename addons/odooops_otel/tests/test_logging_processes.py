"""The log of each kind of process for real: every line that a collector meets, and no other kind of line."""

import json
import re

from odoo import sql_db
from odoo.tests import get_db_name, tagged

from .process_common import ProcessCase

# What Odoo says before it loads the addon; monitoring/collector/logs.yaml reads it as well.
TEXT = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3} \d+ [A-Z]+ \S+ \S+: ")


@tagged("post_install", "-at_install")
class TestLogOfProcesses(ProcessCase):
    environ = {
        "ODOOOPS_LOG_FORMAT": "json",
        "ODOOOPS_LOG_EXPORTER": "otlp",
        "OTEL_TRACES_SAMPLER": "always_on",
    }
    options = {"workers": 1, "max_cron_threads": 1}

    @classmethod
    def setUpClass(cls):
        with sql_db.db_connect(get_db_name()).cursor() as cr:  # one job is due
            cr.execute("UPDATE ir_cron SET nextcall = now() at time zone 'UTC' + interval '1 day'")
            cr.execute(
                "UPDATE ir_cron SET nextcall = now() at time zone 'UTC' - interval '1 minute', active = true "
                "WHERE id = (SELECT res_id FROM ir_model_data WHERE module = 'base' AND name = 'autovacuum_job')"
            )
        super().setUpClass()
        # A notice that comes before the worker listens is lost, and the worker looks again after a minute.
        cls.server.wait_for(lambda: notify() or cls.server.lines("Job .* starting"), 30, pause=1)

    def json_lines(self) -> list[dict]:
        return [json.loads(line) for line in self.server.lines(r"^\{")]

    def traced(self, pid: int) -> set[str]:
        """The trace ids in the lines of a process."""
        return {
            line["trace_id"]
            for line in self.json_lines()
            if line["process.pid"] == pid and "trace_id" in line
        }

    def test_each_line_is_json_or_in_odoos_own_format(self):
        self.send(3)
        text = [line for line in self.server.log.read_text().splitlines() if not line.startswith("{")]
        self.assertEqual([line for line in text if not TEXT.match(line)], [])
        self.assertTrue(self.json_lines())

    def test_lines_come_from_master_worker_cron_and_evented_process(self):
        expected = {
            self.server.master.pid,
            self.server.evented().pid,
            *(one.pid for one in self.server.workers()),
        }
        self.server.wait_for(lambda: {line["process.pid"] for line in self.json_lines()} >= expected)

    def test_access_line_of_a_worker_has_trace_database_and_figures(self):
        self.server.get("/web/login?token=do-not-tell")
        access = [
            line
            for line in self.json_lines()
            if line["logger"] == "werkzeug" and "/web/login" in line["body"]
        ]
        self.assertIn('"GET /web/login?REDACTED HTTP/1.1" 200', access[-1]["body"])
        self.assertRegex(access[-1]["trace_id"], "^[0-9a-f]{32}$")
        self.assertEqual(access[-1]["db.namespace"], get_db_name())
        self.assertGreater(access[-1]["odoo.sql.count"], 0)

    def test_lines_within_requests_of_the_evented_process_have_a_trace(self):
        pid = self.server.evented().pid
        self.server.get("/web/health", port=self.server.gevent_port)  # generates the routing map, and says so
        self.server.wait_for(lambda: self.traced(pid))

    def test_lines_within_jobs_have_a_trace(self):
        (line, *_) = [line for line in self.json_lines() if line["body"].endswith(" starting")]
        self.assertRegex(line["trace_id"], "^[0-9a-f]{32}$")
        self.assertEqual(line["db.namespace"], get_db_name())

    def test_entries_are_sent_by_worker_and_cron_and_evented_process(self):
        self.server.get("/web/health")
        expected = {self.server.evented().pid, *(one.pid for one in self.server.workers())}
        self.receiver.wait_for(
            lambda: {entry.attributes["process.pid"] for entry in self.receiver.logs()} >= expected
        )


def notify() -> None:
    """Tell cron workers that there is something to do."""
    with sql_db.db_connect("postgres").cursor() as cr:
        cr.execute("SELECT pg_notify('cron_trigger', %s)", [get_db_name()])
