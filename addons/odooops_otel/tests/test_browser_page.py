"""The backend in a browser: what it reports of itself arrives, in the trace of the server."""

from odoo.tests import tagged

from odoo.addons.odooops_base.tests.common import BrowserCase

from ..tools import otlp
from .browser_common import BrowserReportsCase

# Waits until the page reports, calls the server, lets an error happen, and leaves.
LIVE = """
    const module = (name) => odoo.loader.modules.get(name);
    const until = async (found) => {
        for (let step = 0; step < 800 && !found(); step++) {
            await new Promise((resolve) => setTimeout(resolve, 50));
        }
        if (!found()) {
            throw new Error(`not seen: ${found}`);
        }
    };
    (async () => {
        await until(() => module("@odooops_otel/browser/watch/main"));
        const { rpc } = module("@web/core/network/rpc");
        const params = { model: "res.partner", method: "search_count", args: [[]], kwargs: {} };
        await rpc("/web/dataset/call_kw/res.partner/search_count", params);
        // Kept from the console, where it would end the test.
        window.addEventListener("error", (event) => event.preventDefault());
        setTimeout(() => { throw new RangeError("of the test, for anna@example.com"); });
        await new Promise((resolve) => setTimeout(resolve, 300));
        Object.defineProperty(document, "visibilityState", { value: "hidden" });
        document.dispatchEvent(new Event("visibilitychange"));
        await new Promise((resolve) => setTimeout(resolve, 500));
        console.log("test successful");
    })();
"""
# Long enough for a page to begin to report
WAIT = "setTimeout(() => console.log('test successful'), 2500)"
READY = "!!document.querySelector('.o_web_client .o_main_navbar')"


@tagged("post_install", "-at_install", "odooops")
class TestBrowserPage(BrowserReportsCase, BrowserCase):
    def live(self):
        """Lets a page live and leave; the error that it throws on purpose does not end the test."""
        self.browser_js(
            "/odoo", LIVE, READY, "reader", error_checker=lambda message: "of the test" not in message
        )
        self.flush()

    def test_a_page_reports_within_the_server_s_traces(self):
        self.switch_on()
        with self.assertLogs("odoo.browser", "WARNING") as logged:
            self.live()

        spans = {span.data.span_id: span for span in self.receiver.spans()}
        [load] = [span for span in spans.values() if span.data.name.startswith("page load ")]
        document = spans[load.data.parent_span_id]
        self.assertEqual(document.data.trace_id, load.data.trace_id)
        self.assertEqual((document.data.kind, document.attributes["http.route"]), (otlp.KIND_SERVER, "/odoo"))
        [call] = [span for span in spans.values() if self.is_browser_call(span, "res.partner.search_count")]
        server = spans[call.data.parent_span_id]
        self.assertEqual(server.data.trace_id, call.data.trace_id)
        self.assertEqual((server.data.kind, server.data.name), (otlp.KIND_SERVER, call.data.name))
        [vitals] = [span for span in spans.values() if span.data.name == "web vitals"]
        self.assertEqual(vitals.data.parent_span_id, load.data.span_id)
        self.assertEqual({event.name for event in vitals.data.events}, {"browser.web_vital"})
        self.assertIn("JavaScript RangeError: of the test, for REDACTED", logged.output[0])

        self.assertEqual(self.receiver.total("odoo.browser.page_load.duration"), 1)
        method = {"rpc.method": "res.partner.search_count"}
        self.assertEqual(self.receiver.total("odoo.browser.rpc.duration", **method), 1)
        self.assertEqual(self.receiver.total("odoo.browser.errors", **{"error.type": "RangeError"}), 1)
        self.assertEqual(self.vital("ttfb"), 1)
        refused = {"odoo.browser.report.outcome": "refused"}
        self.assertEqual(self.receiver.total("odoo.browser.reports", **refused), 0)

    def is_browser_call(self, span, name):
        return span.data.name == name and span.data.kind == otlp.KIND_CLIENT

    def vital(self, name):
        return self.receiver.total("odoo.browser.web_vital.duration", **{"browser.web_vital.name": name})

    def test_a_page_that_is_not_asked_loads_nothing_and_reports_nothing(self):
        for ratio in (None, 0):
            with self.subTest(ratio=ratio):
                self.start_telemetry() if ratio is None else self.switch_on(ratio)
                self.browser_js("/odoo", WAIT, READY, "reader")
                self.flush()
                paths = [span.attributes.get("url.path", "") for span in self.receiver.spans()]
                self.assertEqual([path for path in paths if "assets_browser" in path], [])
                self.assertEqual(self.receiver.total("odoo.browser.reports"), 0)
