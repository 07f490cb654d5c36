"""The page in a browser: its unit tests, and once with a real server behind it."""

from odoo.tests import tagged

from odoo.addons.odooops_base.tests.common import BrowserCase, new_user

from ..tools import health_findings
from ..tools.health import SECOND
from .common import TelemetryMixin

# What is wrong ends the test by an exception.
LOOK = """
    const page = document.querySelector(".o_odooops_health_page");
    const check = (found, expected) => {
        if (JSON.stringify(found) !== JSON.stringify(expected)) {
            throw new Error(`found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
        }
    };
    const names = [...page.querySelectorAll(".o_odooops_processes tbody tr")].map((row) => row.dataset.name);
    check(names, ["test-0"]);
    check(page.querySelector(".o_odooops_banner .alert-heading").innerText, "Telemetry: 1 thing needs attention");
    check([...page.querySelectorAll(".o_odooops_finding")].map((item) => item.dataset.code), ["dropping"]);
    check(page.querySelectorAll(".o_odooops_tile").length, 6);
    console.log("test successful");
"""


@tagged("post_install", "-at_install")
class TestHealthPage(TelemetryMixin, BrowserCase):
    def test_a_viewer_sees_the_processes_and_what_needs_attention(self):
        new_user(self.env, "viewer", groups="odooops_base.group_odooops_viewer")
        self.start_telemetry()
        # It has no threads that say that they run, and on a busy machine the page is there after a minute only.
        self.patch(health_findings, "STALE", 3600 * SECOND)
        self.telemetry.slot.add("traces", "dropped", "refused", amount=3)
        ready = "!!document.querySelector('.o_odooops_processes')"
        self.browser_js("/odoo/odooops-telemetry", LOOK, ready, login="viewer")

    def test_unit_tests_of_the_page(self):
        self.run_unit_tests("@odooops_otel")
