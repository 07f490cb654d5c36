"""The page in a browser: its unit tests, and once with a real server behind it."""

from odoo.tests import tagged

from .common import OK, BrowserCase, OwnPartsCase, answer, free_address, new_user, serving

# Opens the page by its address, looks, and searches. What is wrong ends the test by an exception.
LOOK = """
    const page = document.querySelector(".o_odooops_state_page");
    const cards = () => [...page.querySelectorAll(".o_odooops_card")].map((card) => card.dataset.name);
    const check = (found, expected) => {
        if (JSON.stringify(found) !== JSON.stringify(expected)) {
            throw new Error(`found ${JSON.stringify(found)} instead of ${JSON.stringify(expected)}`);
        }
    };
    const search = page.querySelector("input[role=searchbox]");
    check(page.querySelector(".o_odooops_banner .alert-heading").innerText, "1 of 4 parts needs attention");
    check(cards(), ["prometheus", "odoo", "postgresql", "nginx"]);
    search.value = "nginx";
    search.dispatchEvent(new InputEvent("input"));
    setTimeout(() => {
        check(cards(), ["nginx"]);
        console.log("test successful");
    }, 200);
"""


@tagged("post_install", "-at_install", "odooops")
class TestPage(OwnPartsCase, BrowserCase):
    def test_a_viewer_sees_every_part_and_finds_one(self):
        new_user(self.env, "viewer", groups="odooops_base.group_odooops_viewer")
        with serving(answer(OK)) as up:
            self.list_parts(
                nginx={"type": "tcp", "address": up},
                prometheus={"type": "http", "url": f"http://{free_address()}/"},
            )
            ready = "!!document.querySelector('.o_odooops_banner')"
            self.browser_js("/odoo/odooops-state", LOOK, ready, login="viewer")

    def test_unit_tests_of_the_page(self):
        self.run_unit_tests("@odooops_base")
