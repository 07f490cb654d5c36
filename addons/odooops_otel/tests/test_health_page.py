"""The page in a browser: its unit tests, and once with a real server behind it."""

from odoo.tests import tagged

from odoo.addons.odooops_base.tests.common import BrowserCase, new_user

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
        self.telemetry.slot.add("traces", "dropped", "refused", amount=3)
        ready = "!!document.querySelector('.o_odooops_processes')"
        self.browser_js("/odoo/odooops-telemetry", LOOK, ready, login="viewer")

    def test_unit_tests_of_the_page(self):
        # The suite's id is a hash of its name, as web/tests/test_js.py computes it.
        suite = 0
        for character in "@odooops_otel":
            suite = (suite * 31 + ord(character)) & 0xFFFFFFFF
        self.browser_js(
            f"/web/tests?headless&loglevel=2&preset=desktop&timeout=15000&id={suite:08x}",
            "",
            login="admin",
            timeout=300,
            success_signal="[HOOT] Test suite succeeded",
            # HOOT goes on after a failure, and ends with all of them
            error_checker=lambda message: "[HOOT]" not in message,
        )
