"""What a trace says about a slow request: what repeats itself and from which line, and where the time went."""

import threading
from unittest import mock

from odoo import http
from odoo.tests import HttpCase, TransactionCase, tagged
from odoo.tools.lru import LRU

from ..telemetry import lines, recorder as recorder_module, seeking
from ..telemetry.record import Record, current
from ..tools import sought
from ..tools.shares import MAX_SHARES
from .common import RpcMixin, TelemetryMixin
from .test_cron import make_job

HERE = "odoo/addons/odooops_otel/tests/test_diagnosis.py"
SECRET = "s3cret-of-the-test"


def dictionary(event) -> dict:
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in event.attributes}


@tagged("post_install", "-at_install")
class TestRepeated(RpcMixin, HttpCase):
    def setUp(self):
        super().setUp()
        self.startPatcher(mock.patch.multiple(lines, INTERVAL=-1, PART=0))
        self.start_telemetry()

    def request(self, function):
        """The span of a request in which ``function(env)`` runs, and what it says is repeated."""
        self.serve(lambda cr: function(http.request.env) or "done")
        self.url_open("/web/login")
        [span] = self.kept()
        return span, [dictionary(event) for event in span.data.events if event.name == "odoo.sql.repeated"]

    def read_one_by_one(self, env):
        """What an addon should not do: one query for each."""
        for country in env["res.country"].sudo().search([], limit=12):
            env["res.country.state"].sudo().search_fetch([("country_id", "=", country.id)], ["name"])

    def test_statement_in_a_loop_of_the_orm_is_told_with_the_line_of_the_loop(self):
        span, [event, *_] = self.request(self.read_one_by_one)
        self.assertEqual(event["odoo.sql.count"], 12)
        self.assertEqual(event["db.query.summary"], "SELECT res_country_state")
        self.assertIn("country_id", event["db.query.text"])
        self.assertEqual(event["code.file.path"], HERE)
        self.assertEqual(event["code.function.name"], "TestRepeated.read_one_by_one")
        self.assertEqual(event["code.line.number"], self.read_one_by_one.__func__.__code__.co_firstlineno + 3)
        self.assertGreater(event["odoo.sql.time"], 0)
        expected = {
            "odoo.sql.repeated.count": 12,
            "odoo.sql.repeated.summary": "SELECT res_country_state",
            "odoo.sql.repeated.place": f"{HERE}:{event['code.line.number']}",
        }
        self.assertLessEqual(expected.items(), span.attributes.items())

    def test_four_are_no_repetition(self):
        for count, found in ((4, 0), (5, 1)):
            with self.subTest(count):
                self.start_telemetry()
                _span, events = self.request(
                    lambda env, count=count: (
                        [env.cr.execute("SELECT 1 AS planted") for _ in range(count)] and ""
                    )
                )
                self.assertEqual(len([each for each in events if "planted" in each["db.query.text"]]), found)

    def test_statements_of_one_length_are_told_apart(self):
        def controller(env):
            for _ in range(20):
                env.cr.execute("SELECT 1 AS planted_a")
                env.cr.execute("SELECT 1 AS planted_b")

        _span, events = self.request(controller)
        found = {each["db.query.text"]: each for each in events if "planted" in each["db.query.text"]}
        self.assertEqual(len(found), 2)
        for event in found.values():
            self.assertEqual((event["odoo.sql.count"], event["code.file.path"]), (20, HERE))

    def test_values_in_the_text_make_no_other_statement_and_stay_inside(self):
        _span, events = self.request(
            lambda env: (
                [env.cr.execute(f"SELECT '{SECRET}{number}' AS planted") for number in range(30)] and ""
            )
        )
        [event] = [each for each in events if "planted" in each["db.query.text"]]
        self.assertEqual((event["odoo.sql.count"], event["db.query.text"]), (30, "SELECT ? AS planted"))
        self.assertNotIn(SECRET.encode(), self.receiver.everything())

    def test_savepoints_are_no_repetition(self):
        def controller(env):
            for _ in range(9):
                with env.cr.savepoint():
                    pass

        self.assertEqual(self.request(controller)[1], [])

    def test_request_of_very_many_statements_is_found_out_and_holds_few(self):
        self.startPatcher(mock.patch.object(recorder_module, "FOLD_AT", 40))
        held = []

        def controller(env):
            for number in range(500):
                env.cr.execute("SELECT 1 AS planted")
                if number % 30 == 0:
                    self.telemetry.recorder.drain()  # as the drainer does meanwhile
                held.append(len(current.get().lines or ()))

        _span, [event] = self.request(controller)
        self.assertEqual(event["odoo.sql.count"], 500)
        self.assertLessEqual(max(held), lines.MAX_LINES)
        # What has been told holds no text while it waits.
        self.assertIsNone(self.records[0].lines)

    def test_line_is_looked_for_now_and_then(self):
        self.start_telemetry(ODOOOPS_TRACES_SLOW_STATEMENT="3600000")
        self.startPatcher(mock.patch.object(lines, "INTERVAL", 3600))
        self.startPatcher(mock.patch.object(lines, "look", side_effect=AssertionError))
        span, [event, *_] = self.request(self.read_one_by_one)
        self.assertEqual(event["odoo.sql.count"], 12)
        self.assertNotIn("code.file.path", event)
        self.assertNotIn("odoo.sql.repeated.place", span.attributes)

    def test_slow_statement_is_met_however_long_the_request_has_taken(self):
        self.startPatcher(mock.patch.multiple(lines, INTERVAL=0.02, PART=0.1))
        self.assertAlmostEqual(lines.next_look(1000.0, 1001.0, at_most=0.2), 1001.1)
        self.assertAlmostEqual(lines.next_look(1000.0, 1060.0, at_most=0.2), 1060.2)

    def test_without_traces_nothing_is_looked_for(self):
        self.start_telemetry(OTEL_TRACES_EXPORTER="none")
        self.startPatcher(mock.patch.object(lines, "look", side_effect=AssertionError))
        self.serve(lambda cr: [cr.execute("SELECT 1") for _ in range(9)] and "done")
        self.assertEqual(self.url_open("/web/login").status_code, 200)

    def test_bug_of_ours_does_not_reach_the_request(self):
        self.startPatcher(mock.patch.object(lines, "find_place", side_effect=ZeroDivisionError))
        self.serve(lambda cr: [cr.execute("SELECT 1") for _ in range(9)] and "done")
        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.assertEqual(self.url_open("/web/login").status_code, 200)

    def test_shares_of_so_many_tables_are_told(self):
        tables = ("country", "currency", "partner", "company", "users", "groups", "lang")

        def controller(env):
            for table in tables:
                env.cr.execute(f"SELECT pg_sleep(0.005) FROM res_{table} LIMIT 1")  # pylint: disable=sql-injection

        span, _events = self.request(controller)
        self.assertEqual(len(span.attributes["odoo.sql.table.names"]), MAX_SHARES)

    def test_share_of_time_by_table_and_module(self):
        def controller(env):
            env.cr.execute("SELECT pg_sleep(0.05) FROM res_country LIMIT 1")
            env.cr.execute("SELECT pg_sleep(0.02) FROM res_groups_users_rel LIMIT 1")
            env.cr.execute("CREATE TEMPORARY TABLE temporary_4711 AS SELECT 1 AS a")
            env.cr.execute("SELECT a FROM temporary_4711")

        span, _events = self.request(controller)
        names, times = (span.attributes[f"odoo.sql.table.{key}"] for key in ("names", "times"))
        shares = dict(zip(names, times, strict=True))
        self.assertEqual(list(times), sorted(times, reverse=True))
        self.assertGreater(shares["res_country"], 0.04)
        self.assertGreater(shares["res_groups_users_rel"], 0.01)
        self.assertEqual(span.attributes["odoo.sql.module.names"][0], "base")
        expected = {"odoo.module.name": "base", "db.namespace": self.env.cr.dbname}
        for table in ("res_country", "res_groups_users_rel"):
            point = self.point("odoo.sql.table.time", **{"db.collection.name": table})
            self.assertLessEqual(expected.items(), point.attributes.items())
            self.assertGreater(point.value, 0.01)
            self.assertEqual(
                self.point("odoo.sql.table.statements", **{"db.collection.name": table}).value, 1
            )
        tables = {
            point.attributes["db.collection.name"] for point in self.receiver.points("odoo.sql.table.time")
        }
        self.assertIn("other", tables)
        self.assertNotIn("temporary_4711", tables)


@tagged("post_install", "-at_install")
class TestRepeatedQuickly(RpcMixin, HttpCase):
    """A loop that is over before the first look; only the next request of its kind can find its line."""

    def setUp(self):
        super().setUp()
        self.startPatcher(mock.patch.multiple(lines, INTERVAL=3600, PART=0))
        self.start_telemetry(ODOOOPS_TRACES_SLOW_STATEMENT="3600000")

    def request(self, path="/web/login", count=12):
        """What each request so far said that it repeats, after one more."""
        self.serve(lambda cr: self.repeat(cr, count))
        self.url_open(path)
        self.flush()
        return [
            [dictionary(event) for event in span.data.events if event.name == "odoo.sql.repeated"]
            for span in self.kept()
        ]

    def repeat(self, cr, count):
        for number in range(count):
            cr.execute(f"SELECT id AS planted FROM res_partner WHERE id = {number}")

    def test_requests_after_the_first_have_the_line(self):
        self.request()
        self.request()
        [first], [second], [third] = self.request()
        self.assertEqual(first["odoo.sql.count"], 12)
        self.assertNotIn("code.file.path", first)
        line = self.repeat.__func__.__code__.co_firstlineno + 2
        for event in (second, third):
            self.assertEqual((event["code.file.path"], event["code.line.number"]), (HERE, line))
        marks = [each.get("odoo.sql.repeated.remembered") for each in (first, second, third)]
        self.assertEqual(marks, [None, None, True])

    def test_no_line_is_remembered_where_one_route_serves_all(self):
        with mock.patch.object(seeking, "MIXED", {"/web/login"}):
            for _ in range(2):
                self.request()
            _first, [second], [third] = self.request()
        for event in (second, third):
            self.assertEqual(event["code.file.path"], HERE)
            self.assertNotIn("odoo.sql.repeated.remembered", event)
        self.assertIn("/web/login", self.telemetry.recorder.aggregator.sought.by_kind)

    def test_a_kind_that_does_not_come_back_is_looked_for_no_more(self):
        self.request()
        with mock.patch.object(sought, "MAX_PASSED", 2):
            for _ in range(4):
                self.request("/web/health")
        self.assertEqual(self.telemetry.recorder.aggregator.sought.by_kind, {})

    def test_a_line_that_is_known_costs_no_further_request_a_look(self):
        self.request()
        self.request()
        with mock.patch.object(seeking, "seek", side_effect=AssertionError):
            *_earlier, [event] = self.request()
        self.assertEqual(event["code.file.path"], HERE)

    def test_a_request_that_is_not_kept_finds_it_as_well(self):
        self.request()
        with mock.patch.object(Record, "is_sampled", return_value=False):
            self.request()
        self.assertEqual(self.telemetry.recorder.aggregator.sought.by_kind, {})
        _first, [event] = self.request()
        self.assertEqual(event["code.file.path"], HERE)

    def test_requests_that_are_not_kept_do_not_look_for_ever(self):
        self.request()
        with (
            mock.patch.object(Record, "is_sampled", return_value=False),
            mock.patch.object(lines, "find_place", return_value=None),
        ):
            for _ in range(sought.MAX_TRIES):
                self.assertTrue(self.telemetry.recorder.aggregator.sought.by_kind)
                self.request()
        self.assertEqual(self.telemetry.recorder.aggregator.sought.by_kind, {})

    def test_requests_of_other_kinds_take_no_line(self):
        self.request()
        with mock.patch.object(lines, "look") as look:
            self.request("/web/health")
            look.assert_not_called()
            self.request()
            look.assert_called()

    def test_it_is_given_up_when_no_line_of_an_addon_sends_it(self):
        self.startPatcher(mock.patch.object(lines, "is_application", return_value=False))
        self.startPatcher(mock.patch.dict(lines._files, clear=True))
        by_kind = self.telemetry.recorder.aggregator.sought.by_kind
        for number in range(1 + sought.MAX_TRIES):
            self.request()
            self.assertEqual(bool(by_kind), number < sought.MAX_TRIES)

    def test_bug_of_ours_does_not_reach_the_request(self):
        self.request()
        self.startPatcher(mock.patch.object(seeking, "kind_of", side_effect=ZeroDivisionError))
        self.serve(lambda cr: self.repeat(cr, 12) or "done")
        with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
            self.assertEqual(self.url_open("/web/login").status_code, 200)


@tagged("post_install", "-at_install")
class TestRepeatedElsewhere(TelemetryMixin, TransactionCase):
    def test_code_of_a_server_action_is_named_by_its_record(self):
        self.startPatcher(mock.patch.multiple(lines, INTERVAL=-1, PART=0))
        self.start_telemetry()
        thread = threading.current_thread()
        self.startPatcher(mock.patch.object(thread, "dbname", self.env.cr.dbname, create=True))
        code = "for number in range(7):\n    env.cr.execute('SELECT 1 AS planted')"
        job = make_job(self.env, code)
        with self.enter_registry_test_mode():
            job.method_direct_trigger()
        self.flush()
        [span] = self.receiver.spans("cron Test job")
        [event] = [dictionary(event) for event in span.data.events if event.name == "odoo.sql.repeated"]
        self.assertEqual(event["code.file.path"], f"ir.actions.server({job.ir_actions_server_id.id},)")
        self.assertEqual(event["code.line.number"], 2)


@tagged("post_install", "-at_install")
class TestCaches(RpcMixin, HttpCase):
    METHOD = "ir.config_parameter._get_param"

    def setUp(self):
        super().setUp()
        self.start_telemetry()

    def request(self, *names):
        """What the span of a request says that asks for parameters of these names, of which nobody has asked."""

        def controller(cr):
            for name in names:
                http.request.env["ir.config_parameter"].sudo().get_param(name)

        self.serve(controller)
        self.url_open("/web/login")
        [span] = self.kept()
        return span.attributes

    def missed(self, attributes):
        told = zip(attributes["odoo.cache.miss.methods"], attributes["odoo.cache.miss.counts"], strict=True)
        return dict(told).get(self.METHOD)

    def test_what_caches_did_not_have_is_told_by_method(self):
        self.request()  # asks for what each request asks for
        self.start_telemetry()
        told = self.request(*(f"of.this.test.{number}" for number in (1, 2, 3, 2, 1)))
        self.assertEqual(self.missed(told), 3)
        self.assertGreaterEqual(told["odoo.cache.miss.count"], 3)
        self.assertGreaterEqual(told["odoo.cache.lookup.count"], 3)
        self.assertIsNone(self.record().cache_keys)  # which are values

    def test_what_was_there_is_no_miss(self):
        self.request("of.this.test.4")
        self.start_telemetry()
        told = self.request("of.this.test.4")
        self.assertNotIn(self.METHOD, told.get("odoo.cache.miss.methods", ()))
        self.assertGreaterEqual(told["odoo.cache.lookup.count"], 1)

    def test_other_maps_of_odoo_are_no_caches_of_methods(self):
        record = mock.Mock(cache_misses=None)
        token = current.set(record)
        try:
            LRU(2)["key"] = LRU(2)["res.partner", "name"] = "value"
        finally:
            current.reset(token)
        self.assertIsNone(record.cache_misses)

    def test_bug_of_ours_reaches_nobody(self):
        found, token = LRU(2), current.set(mock.Mock(cache_misses=7))
        try:
            with self.assertLogs("odoo.addons.odooops_otel", "ERROR"):
                found["res.partner", self.request.__func__] = "value"
        finally:
            current.reset(token)
        self.assertEqual(found["res.partner", self.request.__func__], "value")
