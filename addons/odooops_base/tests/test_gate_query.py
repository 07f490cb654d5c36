"""The query of a gate is read when it is saved: by Prometheus, or else by a parser, or at least its brackets are."""

from unittest.mock import patch

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .. import query_check
from ..tools import promql
from .common import free_address
from .operations_common import OperationsCase

REFUSED = 'invalid parameter "query": 1:5: parse error: unknown function with name "raet"'


@tagged("post_install", "-at_install", "odooops")
class TestGateQuery(OperationsCase):
    def without_prometheus(self, url=""):
        self.enterContext(patch.dict("os.environ", ODOOOPS_PROMETHEUS_URL=url))

    def test_prometheus_reads_it_and_computes_nothing(self):
        prometheus = self.with_prometheus()
        gate = self.make_gate(query='rate(x{e="$environment"}[$window])')

        self.assertEqual(prometheus.checked, ['rate(x{e="____________"}[000060s])'])
        self.assertEqual((prometheus.queries, gate.query_checked_by), ([], "prometheus"))

    def test_what_prometheus_refuses_is_told_with_place_and_remedy(self):
        self.with_prometheus().refusals["raet"] = REFUSED

        with self.assertRaisesRegex(
            ValidationError,
            "^Gate errors: PromQL: line 1, column 5: unknown function with name .raet.: write rate instead.$",
        ):
            self.make_gate(query="sum(raet(x[5m]))")

    def test_what_prometheus_alone_can_read_is_taken(self):
        self.with_prometheus()

        self.assertEqual(self.make_gate(query="max(x fill(0) + y)").query_checked_by, "prometheus")

    def test_a_query_is_read_once_for_all_gates_that_have_it(self):
        prometheus = self.with_prometheus()
        made = self.env["odooops.gate"].create(
            [{"name": name, "query": query} for name, query in (("one", "a"), ("two", "b"), ("three", "a"))]
        )
        self.assertEqual(prometheus.checked, ["a", "b"])
        self.assertEqual(made.mapped("query_checked_by"), ["prometheus"] * 3)

        made.query = "c"
        self.assertEqual(prometheus.checked, ["a", "b", "c"])

    def test_what_is_written_without_a_query_has_none_read(self):
        prometheus = self.with_prometheus()
        gate = self.make_gate(query="a")
        gate.write({"name": "other", "threshold": 0.2, "environment_ids": self.shop.ids})
        gate.active = False

        self.assertEqual(prometheus.checked, ["a"])

    def test_of_what_is_refused_nothing_is_written(self):
        self.without_prometheus()
        gate = self.make_gate(query="a")
        self.with_prometheus().refusals["raet"] = REFUSED
        refused = {"query": "raet(x)", "threshold": 7}
        with self.assertRaises(ValidationError):
            gate.write(refused)
        with self.assertRaises(ValidationError) as caught:
            self.env["odooops.gate"].create([{"name": "right", "query": "a"}, refused | {"name": "wrong"}])

        self.assertRegex(str(caught.exception), "^Gate wrong: PromQL: ")
        self.assertEqual((gate.query, gate.threshold, gate.query_checked_by), ("a", 0.1, "parser"))
        self.assertFalse(self.env["odooops.gate"].search_count([("name", "in", ["right", "wrong"])]))

    def test_a_range_is_no_number(self):
        prometheus = self.with_prometheus()
        prometheus.answer = (200, '{"status": "success", "data": {"resultType": "matrix", "result": []}}')

        with self.assertRaisesRegex(ValidationError, "PromQL: the query gives a matrix; write one that"):
            self.make_gate(query="x[5m]")

    def test_a_prometheus_that_says_nothing_of_the_query_is_none(self):
        prometheus = self.with_prometheus()
        for number, answer in enumerate(
            ((200, "<html>"), (503, '{"status": "error", "errorType": "unavailable", "error": "starting"}'))
        ):
            prometheus.answer = answer
            self.env.cr.cache.clear()
            self.assertEqual(self.make_gate(f"gate {number}").query_checked_by, "parser")

    def test_without_prometheus_the_parser_reads_it(self):
        self.without_prometheus(f"http://{free_address()}")
        gate = self.make_gate(query='sum(rate(x{e="$environment"}[$window])) > 0')
        self.assertEqual(gate.query_checked_by, "parser")

        for query, message in (
            ("sum(raet(x[5m]))", "line 1, column 5: unknown function .*: write rate instead"),
            ('rate(x{e="$environment"})', "column 1: expected type .*: write a range"),
            ("up and", "invalid promql query: see https://"),
            ("up[5m]", "the query gives a matrix; write one that gives a number for each series"),
            ('"up"', "the query gives a string; write one"),
        ):
            with self.subTest(query), self.assertRaisesRegex(ValidationError, f"PromQL: .*{message}"):
                gate.query = query

    def test_a_prometheus_that_is_away_is_waited_for_once(self):
        self.without_prometheus("http://127.0.0.1:1")
        with patch.object(query_check, "check", wraps=query_check.check) as check:
            self.make_gate("one")
            self.make_gate("two")

        first, second = (call.args[1] for call in check.call_args_list)
        self.assertTrue(first)
        self.assertIsNone(second)

    def test_without_the_parser_brackets_are_looked_at_and_the_gate_says_so(self):
        self.without_prometheus()
        with patch.object(promql, "promql_parser", None):
            gate = self.make_gate(query="raet(x)")
            self.assertEqual(gate.query_checked_by, "brackets")
            with self.assertRaisesRegex(ValidationError, "column 5: \\( is opened and not closed"):
                gate.query = "raet("

    def test_a_text_so_long_that_the_parser_might_not_come_back_is_not_given_to_it(self):
        self.without_prometheus()

        depth = promql.MAX_PARSED
        gate = self.make_gate(query=f"{'(' * depth}up{')' * depth}")
        self.assertEqual(gate.query_checked_by, "brackets")

    def test_a_query_in_a_configuration_is_refused_with_the_line_of_the_text(self):
        self.without_prometheus()
        text = "version: 1\ngates:\n  Few errors:\n    query: sum(raet(x[5m]))\n"
        configuration = self.env["odooops.configuration"].with_user(self.admin)

        [found] = configuration.validate_configuration(text)["messages"]
        self.assertRegex(
            found, "^line 4, column 12: gates.Few errors.query: .* line 1, column 5: unknown function"
        )
        with self.assertRaisesRegex(UserError, "line 1, column 5: unknown function"):
            configuration.apply_configuration(text)
