"""A report of a browser, and a server that asks for them."""

import json

from odoo.tests import HttpCase

from odoo.addons.odooops_base.tests.common import new_user

from ..models import ir_http
from ..telemetry import browser
from .common import RpcMixin

PAGE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ROUTE = "/odooops/browser"


class BrowserReportsCase(RpcMixin, HttpCase):
    """``reader`` is a user of the backend without any role; nothing is asked of browsers until :meth:`switch_on`."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = new_user(cls.env, "reader", groups="base.group_user")

    def setUp(self):
        super().setUp()
        # What another test has used up or found out, and what a test changes is seen at once.
        self.patch(browser, "_buckets", browser.make_buckets())
        self.patch(ir_http, "_answers", {})
        self.patch(ir_http, "ASK_AGAIN", -1.0)

    def switch_on(self, ratio=1, **environ):
        """Telemetry with a receiver, and browsers that report."""
        self.start_telemetry(**environ)
        self.env["odooops.setting"]._store("browser.enabled", True)
        self.env["odooops.setting"]._store("browser.sampling_ratio", ratio)

    def log_in(self, login="reader"):
        self.authenticate(login, login)

    def send(self, report=None, body=None, **headers):
        """Sends a report as a page of this server does, but for what the headers say; None leaves one out."""
        own = {"Content-Type": "application/json", "Origin": self.base_url(), "Sec-Fetch-Site": "same-origin"}
        named = {name.replace("_", "-").title(): value for name, value in headers.items()}
        body = json.dumps(report or self.make_report()).encode() if body is None else body
        sent = {name: value for name, value in {**own, **named}.items() if value is not None}
        return self.url_open(ROUTE, data=body, headers=sent, allow_redirects=False)

    def make_report(self, **values):
        page = {"id": PAGE_ID, "path": "/odoo/contacts"}
        return {"version": 1, "now": 5000, "page": page, **values}

    def call(self, method, model="res.partner", **kwargs):
        """A call as the web client makes it: the whole answer."""
        params = {"model": model, "method": method, "args": [], "kwargs": kwargs}
        return self.url_open(f"/web/dataset/call_kw/{model}/{method}", json={"params": params})
