"""The recorder in Python, as it is where nothing is compiled: it does the same."""

import os
import sys
from unittest import mock

from odoo.models import BaseModel
from odoo.tests import TransactionCase, tagged

from ..models import odooops_telemetry
from ..telemetry import compiled, health, runtime
from ..tools import statements
from . import test_diagnosis, test_orm, test_slow_statements, test_spans
from .common import TelemetryMixin


class InPython:
    variables = {"ODOOOPS_NATIVE": "false"}


@tagged("post_install", "-at_install")
class TestOrmInPython(InPython, test_orm.TestOrm):
    pass


@tagged("post_install", "-at_install")
class TestSpansInPython(InPython, test_spans.TestSpans):
    pass


@tagged("post_install", "-at_install")
class TestRepeatedInPython(InPython, test_diagnosis.TestRepeated):
    pass


@tagged("post_install", "-at_install")
class TestRepeatedQuicklyInPython(InPython, test_diagnosis.TestRepeatedQuickly):
    pass


@tagged("post_install", "-at_install")
class TestSlowStatementsInPython(InPython, test_slow_statements.TestSlowStatements):
    pass


@tagged("post_install", "-at_install")
class TestWhichRuns(TelemetryMixin, TransactionCase):
    def test_what_is_compiled_runs_where_it_is_installed(self):
        with mock.patch.object(runtime._logger, "info") as told:
            recorder = self.start_telemetry().recorder
        self.assertIs(recorder.parts, compiled.COMPILED)
        self.assertIsInstance(vars(BaseModel)["write"], compiled.native.NotedMethod)
        self.assertEqual(told.call_args[0][-1], "compiled recorder")
        self.assertEqual(self.tell(), ("compiled", "", []))

    def test_it_is_left_alone_where_somebody_says_so(self):
        with mock.patch.object(runtime._logger, "info") as told:
            recorder = self.start_telemetry(ODOOOPS_NATIVE="false").recorder
        self.assertIs(recorder.parts.make_statements, statements.Statements)
        self.assertNotIsInstance(vars(BaseModel)["write"], compiled.native.NotedMethod)
        self.assertEqual(told.call_args[0][-1], "recorder in Python")
        recorder, reason, [hint] = self.tell()
        self.assertEqual((recorder, reason), ("python", "off"))
        self.assertEqual(hint["processes"], ["test-0"])
        self.assertTrue(
            hint["advice"].startswith("test-0: the recorder in Python runs, as ODOOOPS_NATIVE=false")
        )
        self.assertTrue(hint["page"].endswith("/main/native/README.md"))

    def test_where_it_is_not_installed_or_of_another_version_it_says_what_to_do(self):
        for installed, reason, advice in (
            (None, "missing", "run pip install ./native"),
            (mock.Mock(API=compiled.API + 1), "other_version", "of another version. Install it anew"),
        ):
            with (
                mock.patch.object(compiled, "COMPILED", None),
                mock.patch.object(compiled, "odooops_native", installed),
            ):
                self.start_telemetry()
                recorder, found, [hint] = self.tell()
                runtime.stop()
            self.assertEqual((recorder, found), ("python", reason))
            self.assertIn(advice, hint["advice"])

    def test_a_process_that_has_ended_records_by_nothing(self):
        telemetry = self.start_telemetry()
        self.tell()
        with mock.patch.object(odooops_telemetry, "current_directory", return_value=telemetry.directory):
            runtime.stop()
            found = self.env["odooops.telemetry"].get_health()
        self.assertEqual((found["processes"][0]["recorder"], found["hints"]), ("", []))

    def tell(self) -> tuple:
        """What the only process says of its recorder, and the hints."""
        self.startPatcher(mock.patch.dict(os.environ, ODOOOPS_PROMETHEUS_URL=""))
        runtime.active.health._written = -health.INTERVAL
        runtime.active.health.publish()
        found = self.env["odooops.telemetry"].get_health()
        [process] = found["processes"]
        return process["recorder"], process["recorder_reason"], found["hints"]

    def test_one_of_another_version_is_none(self):
        self.assertIsNone(compiled.usable(mock.Mock(API=compiled.API + 1)))
        self.assertIsNone(compiled.usable(None))
        native = sys.modules["odooops_native"]
        self.assertIs(compiled.usable(native), native)
