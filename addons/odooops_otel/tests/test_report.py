"""Reports: duration, size, pages, and wkhtmltopdf's exit codes."""

import subprocess
from unittest import mock

from odoo.exceptions import UserError
from odoo.tests import TransactionCase, mute_logger, tagged

from odoo.addons.base.models import ir_actions_report

from .common import TelemetryMixin

NAME = "base.report_irmodulereference"
PDF = b"%PDF-1.4\n1 0 obj <</Type /Pages /Count 2>>\n2 0 obj <</Type /Page>>\n3 0 obj <</Type/Page /Parent 1 0 R>>\n"


@tagged("post_install", "-at_install")
class TestReport(TelemetryMixin, TransactionCase):
    def setUp(self):
        super().setUp()
        self.start_telemetry()
        self.reports = self.env["ir.actions.report"].with_context(force_report_rendering=True)
        # Whether it is installed does not matter: it is not run.
        info = ir_actions_report.WkhtmlInfo("ok", True, "wkhtmltopdf", "0.12.6", True, "", None)
        self.startPatcher(mock.patch.object(ir_actions_report, "_wkhtml", return_value=info))
        self.module = self.env["ir.module.module"].search([("name", "=", "base")])

    def test_html_is_counted_with_its_size(self):
        html, _type = self.reports._render_qweb_html(NAME, self.module.ids)
        self.flush()
        point = self.point("odoo.report.duration")
        self.assertEqual(point.value, 1)
        expected = {
            "odoo.report.name": NAME,
            "odoo.report.format": "html",
            "db.namespace": self.env.cr.dbname,
        }
        self.assertEqual(point.attributes, expected)
        self.assertEqual(self.point("odoo.report.size").value, len(html))

    def test_pages_of_a_pdf_are_counted(self):
        streams = mock.patch.object(type(self.reports), "_run_wkhtmltopdf", return_value=PDF)
        with streams:
            self.reports._render_qweb_pdf(NAME, self.module.ids)
        self.flush()
        self.assertEqual(self.point("odoo.report.duration", **{"odoo.report.format": "pdf"}).value, 1)
        self.assertEqual(self.point("odoo.report.pages", **{"odoo.report.name": NAME}).value, 2)

    def test_failure_of_wkhtmltopdf_is_told_by_its_code_and_fails_the_report(self):
        ended = subprocess.CompletedProcess([], -11, "", "no memory")
        self.startPatcher(mock.patch.object(ir_actions_report.subprocess, "run", return_value=ended))
        with self.assertRaises(UserError), mute_logger("odoo.addons.base.models.ir_actions_report"):
            self.reports._render_qweb_pdf(NAME, self.module.ids)
        self.flush()
        self.assertEqual(self.point("odoo.wkhtmltopdf.duration").attributes, {"process.exit.code": -11})
        failed = self.point("odoo.report.duration", **{"odoo.report.format": "pdf"})
        self.assertEqual(failed.attributes["error.type"], "odoo.exceptions.UserError")

    def test_name_that_is_no_report_s_is_not_told(self):
        with self.assertRaises(ValueError):
            self.reports._render_qweb_html("made.up", [1])
        self.flush()
        self.assertEqual(self.point("odoo.report.duration").attributes["odoo.report.name"], "_OTHER")

    def test_report_asked_for_by_record_has_a_name_too(self):
        report = self.reports._get_report(NAME)
        self.reports._render_qweb_html(report, self.module.ids)
        self.flush()
        name = self.point("odoo.report.duration").attributes["odoo.report.name"]
        self.assertEqual(name, f"ir.actions.report,{report.id}")
