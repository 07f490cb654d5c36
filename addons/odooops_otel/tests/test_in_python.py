"""The recorder in Python, as it is where nothing is compiled: it does the same."""

import sys
from unittest import mock

from odoo.models import BaseModel
from odoo.tests import TransactionCase, tagged

from ..telemetry import compiled, runtime
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

    def test_it_is_left_alone_where_somebody_says_so(self):
        with mock.patch.object(runtime._logger, "info") as told:
            recorder = self.start_telemetry(ODOOOPS_NATIVE="false").recorder
        self.assertIs(recorder.parts.make_statements, statements.Statements)
        self.assertNotIsInstance(vars(BaseModel)["write"], compiled.native.NotedMethod)
        self.assertEqual(told.call_args[0][-1], "recorder in Python")

    def test_one_of_another_version_is_none(self):
        self.assertIsNone(compiled.usable(mock.Mock(API=compiled.API + 1)))
        self.assertIsNone(compiled.usable(None))
        native = sys.modules["odooops_native"]
        self.assertIs(compiled.usable(native), native)
