"""Reports of browsers: what becomes of a good one, and what is done with those that are not."""

import logging
from unittest import mock

from odoo.tests import tagged

from odoo.addons.odooops_base.tests.common import new_user

from ..models import ir_http
from ..telemetry import browser, logging as log_entries
from ..tools import otlp
from ..tools.browser import report as reports
from .browser_common import PAGE_ID, ROUTE, TRACE, BrowserReportsCase

CALL_KW = "/web/dataset/call_kw/<path:path>"
NONE_SAMPLED = {
    "OTEL_TRACES_SAMPLER": "traceidratio",
    "OTEL_TRACES_SAMPLER_ARG": "0",
}
STACK = "TypeError: x\n    at Contacts.onClick (http://h/web/assets/1/a1/web.assets_web.min.js:12:34)"


@tagged("post_install", "-at_install", "odooops")
class TestBrowserReports(BrowserReportsCase):
    def take(self, **values):
        """Has a report taken and what it gives sent."""
        answer = self.send(self.make_report(**values))
        self.assertEqual((answer.status_code, answer.text), (204, ""))
        self.flush()

    def browser_spans(self):
        return [span for span in self.receiver.spans() if "odoo.browser.page.id" in span.attributes]

    def test_a_page_load_is_measured_by_its_route_and_becomes_a_span(self):
        self.switch_on()
        self.log_in()
        times = {"response_start": 80, "response_end": 95, "dom_interactive": 700, "duration": 1900}
        self.take(load={"type": "reload", **times})

        point = self.point("odoo.browser.page_load.duration")
        self.assertEqual(point.attributes["http.route"], "/odoo/<path:subpath>")
        self.assertEqual(point.attributes["odoo.browser.navigation.type"], "reload")
        self.assertAlmostEqual(point.data.sum, 1.9)
        [span] = self.browser_spans()
        self.assertEqual([example.trace_id for example in point.data.exemplars], [span.data.trace_id])
        self.assertEqual(span.data.name, "page load /odoo/<path:subpath>")
        self.assertEqual(span.data.trace_id.hex(), PAGE_ID)
        self.assertEqual(span.attributes["user.id"], str(self.user.id))
        self.assertEqual(span.attributes["db.namespace"], self.env.cr.dbname)

    def test_a_call_is_measured_by_its_method_and_joins_the_server_s_trace(self):
        self.switch_on()
        self.log_in()
        call = {"path": "/web/dataset/call_kw/res.partner/web_search_read", "at": 1000, "duration": 61}
        self.take(rpcs=[{**call, "trace": TRACE}, {**call, "error": "connection_lost"}])

        good, failed = sorted(
            self.receiver.points("odoo.browser.rpc.duration"), key=lambda point: len(point.attributes)
        )
        self.assertEqual(good.attributes["rpc.method"], "res.partner.web_search_read")
        self.assertEqual(good.attributes["http.route"], CALL_KW)
        self.assertEqual(failed.attributes["error.type"], "connection_lost")
        [span] = self.browser_spans()
        self.assertEqual((span.data.name, span.data.kind), ("res.partner.web_search_read", otlp.KIND_CLIENT))
        self.assertEqual(span.data.trace_id.hex(), TRACE[3:35])
        self.assertEqual(span.data.parent_span_id.hex(), TRACE[36:52])

    def test_names_are_the_server_s_own_whatever_a_browser_says(self):
        self.switch_on()
        self.log_in()
        names = (
            "res.partner/no_such_method",
            "res.partner/_register_hook",
            "no.model/read",
            "res.partner/__class__",
            "res.partner/env",
        )
        calls = [{"path": f"/web/dataset/call_kw/{name}", "at": 1, "duration": 1} for name in names]
        self.take(rpcs=[*calls, {"path": "/made/up/7", "at": 1, "duration": 1}])

        found = {
            (point.attributes["http.route"], point.attributes.get("rpc.method")): point.value
            for point in self.receiver.points("odoo.browser.rpc.duration")
        }
        self.assertEqual(found, {(CALL_KW, "_OTHER"): 5, ("/<path:path>", None): 1})

    def test_actions_and_views_are_the_server_s_own_whatever_a_browser_says(self):
        self.switch_on()
        self.log_in()
        said = [
            {"action": "base.action_res_users", "view": "list"},
            {
                "action": "base.user_admin",
                "view": "teleport",
            },  # there is one of that name, but it is no action
            {"action": "no.such_action"},
            {},
        ]
        call = {"path": "/web/dataset/call_kw/res.users/read", "at": 1, "duration": 1, "trace": TRACE}
        self.take(rpcs=[call | {"shown": shown} for shown in said])

        found = [
            (span.attributes.get("odoo.action"), span.attributes.get("odoo.view.type"))
            for span in self.browser_spans()
        ]
        expected = [("base.action_res_users", "list"), ("_OTHER", "_OTHER"), ("_OTHER", None), (None, None)]
        self.assertEqual(found, expected)

    def test_web_vitals_are_measured_and_are_events_of_a_span(self):
        self.switch_on()
        self.log_in()
        self.take(vitals=[{"name": "lcp", "value": 4200}, {"name": "cls", "value": 0.05}])

        lcp = self.point("odoo.browser.web_vital.duration")
        self.assertAlmostEqual(lcp.data.sum, 4.2)
        self.assertEqual(lcp.attributes["browser.web_vital.name"], "lcp")
        self.assertEqual(lcp.attributes["browser.web_vital.rating"], "poor")
        self.assertAlmostEqual(self.point("odoo.browser.layout_shift").data.sum, 0.05)
        [span] = self.browser_spans()
        self.assertEqual([event.name for event in span.data.events], ["browser.web_vital"] * 2)

    def test_an_error_is_counted_and_logged_within_the_page_s_trace(self):
        self.switch_on(ODOOOPS_LOG_EXPORTER="otlp")
        self.log_in()
        message = "no such thing\nfor anna@example.com, password=hunter2"
        error = {"type": "TypeError", "message": message, "stack": STACK, "at": 4000}
        page = {"id": PAGE_ID, "path": "/odoo/contacts", "trace": TRACE}
        with self.assertLogs("odoo.browser", "WARNING") as logged:
            self.send_log()
            self.take(page=page, errors=[error])

        self.assertEqual(self.point("odoo.browser.errors").attributes["error.type"], "TypeError")
        [entry] = self.receiver.logs("odoo.browser")
        self.assertEqual(entry.data.trace_id.hex(), TRACE[3:35])
        self.assertEqual(entry.data.span_id.hex(), PAGE_ID[:16])
        self.assertEqual(entry.attributes["exception.type"], "TypeError")
        self.assertEqual(
            entry.attributes["exception.stacktrace"], "at Contacts.onClick (web.assets_web.min.js:12:34)"
        )
        self.assertEqual(entry.attributes["odoo.browser.page.id"], PAGE_ID)
        self.assertEqual(entry.attributes["http.route"], "/odoo/<path:subpath>")
        for text in (*logged.output, self.receiver.everything().decode("latin-1")):
            self.assertNotIn("anna@", text)
            self.assertNotIn("hunter2", text)

    def send_log(self):
        """Has the entries of browsers sent, as those of the root logger are; assertLogs keeps them from there."""
        handler, logger = log_entries.OtlpHandler(), logging.getLogger("odoo.browser")
        logger.addHandler(handler)
        self.addCleanup(logger.removeHandler, handler)

    def test_nobody_who_is_not_logged_in_is_heard(self):
        self.switch_on()
        answer = self.send()
        self.assertEqual(answer.status_code, 303)
        self.assertIn("/web/login", answer.headers["Location"])

    def refuse(self, status, words, report=None, body=None, **headers):
        """A report is refused in a short text that says why, counted, and nothing becomes of it."""
        answer = self.send(report, body, **headers)
        self.assertEqual(answer.status_code, status, answer.text)
        self.assertIn(words, answer.text)
        self.assertLess(len(answer.text), 300)
        self.assertNotIn("Traceback", answer.text)
        self.flush()
        self.assertEqual(self.browser_spans(), [])
        self.assertEqual(self.receiver.total("odoo.browser.rpc.duration"), 0)

    def test_who_is_no_user_of_the_backend_is_not_heard(self):
        self.switch_on()
        new_user(self.env, "customer", groups="base.group_portal")
        self.log_in("customer")
        self.refuse(403, "users of the backend")

    def test_nobody_is_heard_while_it_is_off(self):
        self.switch_on()
        self.env["odooops.setting"].set_setting("browser.enabled", False)
        self.log_in()
        self.refuse(410, "browser.enabled is off")

    def test_another_origin_is_not_heard(self):
        self.switch_on()
        self.log_in()
        for site in ("cross-site", "same-site", "none"):
            with self.subTest(site):
                self.refuse(403, "pages of this server", sec_fetch_site=site)
        here = self.base_url()
        for origin in (
            "https://evil.example.com",
            "null",
            "http://[",
            f"{here}.example.com",
            "file://" + here[7:],
            None,
        ):
            with self.subTest(origin):
                self.refuse(403, "pages of this server", origin=origin, sec_fetch_site=None)

    def test_a_browser_that_does_not_trust_the_connection_says_its_origin_alone(self):
        self.switch_on()
        self.log_in()
        self.assertEqual(self.send(sec_fetch_site=None).status_code, 204)
        self.assertEqual(self.send(origin=None).status_code, 204)

    def test_a_form_is_not_heard(self):
        self.switch_on()
        self.log_in()
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "multipart/form-data; boundary=x",
            None,
        ):
            with self.subTest(kind):
                self.refuse(415, "application/json", content_type=kind)

    def test_other_methods_are_refused(self):
        self.switch_on()
        self.log_in()
        self.assertEqual(self.url_open(ROUTE).status_code, 405)

    def test_what_is_no_report_is_refused_with_the_reason(self):
        self.switch_on()
        self.log_in()
        self.refuse(400, "expected JSON", body=b"\xff{")
        self.refuse(400, "expected JSON", body=b"[" * 50_000)
        self.refuse(400, "expected an object", body=b"[1]")
        self.refuse(400, "version: expected 1", self.make_report(version=2))
        self.refuse(400, "rpcs[0]", self.make_report(rpcs=[{"path": 1, "at": 1, "duration": 1}]))
        self.refuse(400, "member that is not known", self.make_report(password="hunter2"))
        self.assertEqual(
            self.receiver.total("odoo.browser.reports", **{"odoo.browser.report.outcome": "refused"}), 6
        )

    def test_a_report_that_is_too_large_is_refused(self):
        self.switch_on()
        self.log_in()
        self.refuse(413, "Too Large", body=b" " * (reports.MAX_BODY + 1))

    def test_too_many_reports_of_a_user_are_refused_and_others_are_heard(self):
        self.switch_on()
        self.log_in()
        with mock.patch.object(browser, "PER_MINUTE", 2):
            self.patch(browser, "_buckets", browser.make_buckets())
        self.assertEqual([self.send().status_code for _try in range(3)], [204, 204, 429])
        self.assertEqual(self.send().headers["Retry-After"], "60")
        new_user(self.env, "another", groups="base.group_user")
        self.log_in("another")
        self.assertEqual(self.send().status_code, 204)
        self.flush()
        limited = {"odoo.browser.report.outcome": "limited"}
        self.assertEqual(self.receiver.total("odoo.browser.reports", **limited), 2)

    def test_a_bug_of_ours_is_not_told_to_the_browser(self):
        self.switch_on()
        self.log_in()
        with (
            mock.patch.object(browser, "_measure", side_effect=KeyError("of the test")),
            self.assertLogs("odoo.addons.odooops_otel.telemetry.faults", "ERROR"),
        ):
            answer = self.send()
        self.assertEqual((answer.status_code, answer.text), (204, ""))

    def test_nothing_is_stored_and_no_session_is_saved(self):
        self.switch_on()
        self.log_in()
        answer = self.send()
        self.assertNotIn("Set-Cookie", answer.headers)
        self.assertEqual(answer.headers["Cache-Control"], "no-store")

    def test_where_nothing_is_ever_kept_there_are_metrics_alone(self):
        self.switch_on(OTEL_TRACES_SAMPLER="always_off")
        self.log_in()
        self.take(vitals=[{"name": "lcp", "value": 1}])
        self.assertEqual(self.receiver.spans(), [])
        self.assertEqual(list(self.point("odoo.browser.web_vital.duration").data.exemplars), [])

    def test_spans_that_find_the_queue_full_are_counted(self):
        self.switch_on(**NONE_SAMPLED, OTEL_BSP_MAX_QUEUE_SIZE="1")
        self.log_in()
        for _report in range(3):
            self.send(self.make_report(vitals=[{"name": "cls", "value": 0}]))
        self.flush()
        dropped = {"odooops.telemetry.signal": "traces", "odooops.telemetry.reason": "queue_full"}
        self.assertEqual(self.receiver.total("odooops.telemetry.dropped", **dropped), 2)


@tagged("post_install", "-at_install", "odooops")
class TestServerTiming(BrowserReportsCase):
    """What browsers are told: whether to report, and the trace of a request that is kept."""

    def test_the_web_client_is_told_to_report(self):
        self.switch_on(ratio=0.25)
        self.log_in()
        info = self.make_jsonrpc_request("/web/session/get_session_info")
        self.assertEqual(info["odooops_browser"], {"ratio": 0.25})

    def test_the_web_client_is_told_nothing_while_it_is_off(self):
        self.start_telemetry()
        self.log_in()
        self.assertNotIn("odooops_browser", self.make_jsonrpc_request("/web/session/get_session_info"))
        self.assertNotIn("Server-Timing", self.call("search_count", domain=[]).headers)

    def test_a_change_holds_for_the_next_page(self):
        self.switch_on()
        self.log_in()
        self.assertIn("odooops_browser", self.make_jsonrpc_request("/web/session/get_session_info"))
        self.env["odooops.setting"].set_setting("browser.enabled", False)
        self.assertNotIn("odooops_browser", self.make_jsonrpc_request("/web/session/get_session_info"))

    def test_a_process_asks_once_a_second(self):
        self.switch_on()
        self.log_in()
        self.patch(ir_http, "ASK_AGAIN", 60.0)
        with mock.patch.object(type(self.env["ir.http"]), "_odooops_ask", return_value=True) as ask:
            self.call("search_count", domain=[])
            self.call("search_count", domain=[])
        self.assertEqual(ask.call_count, 1)

    def test_a_request_that_is_kept_says_in_which_trace(self):
        self.switch_on()
        self.log_in()
        answer = self.call("search_count", domain=[])
        [span] = [span for span in self.kept() if span.data.name == "res.partner.search_count"]
        trace, own = span.data.trace_id.hex(), span.data.span_id.hex()
        self.assertRegex(answer.headers["Server-Timing"], f'^traceparent;desc="00-{trace}-{own}-0[13]"$')

    def test_a_request_that_is_not_kept_says_nothing(self):
        self.switch_on(**NONE_SAMPLED)
        self.log_in()
        self.assertNotIn("Server-Timing", self.call("search_count", domain=[]).headers)

    def test_a_request_that_fails_or_is_slow_is_kept_and_says_so(self):
        self.switch_on(**NONE_SAMPLED)
        self.log_in()
        with self.failing(KeyError("of the test")), self.assertLogs("odoo.http", "ERROR"):
            failed = self.call("search_count", domain=[])
        self.assertIn("traceparent", failed.headers["Server-Timing"])
        self.switch_on(**NONE_SAMPLED | {"ODOOOPS_TRACES_SLOW_THRESHOLD": "1"})
        self.assertIn("traceparent", self.call("search_count", domain=[]).headers["Server-Timing"])

    def test_who_is_not_logged_in_is_told_nothing(self):
        self.switch_on()
        # The page itself may have to be made first, which takes long.
        self.serve(lambda cr: "done")
        self.assertNotIn("Server-Timing", self.url_open("/web/login").headers)

    def test_a_bug_of_ours_does_not_touch_the_answer(self):
        self.switch_on()
        self.log_in()
        with (
            mock.patch.object(self.telemetry.recorder.aggregator, "will_keep", side_effect=KeyError("x")),
            self.assertLogs("odoo.addons.odooops_otel.telemetry.faults", "ERROR"),
        ):
            answer = self.call("search_count", domain=[])
        self.assertIn("result", answer.json())
        self.assertNotIn("Server-Timing", answer.headers)
