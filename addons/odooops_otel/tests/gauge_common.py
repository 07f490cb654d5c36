"""Records of the test's own, and gauges that count them."""

from datetime import timedelta
from unittest.mock import patch

from odoo import fields

from odoo.addons.odooops_base.tests.common import RolesCase

from ..models import odooops_gauge_computation
from ..telemetry import gauges as telling
from ..tools import gauges

CITY = "Gauge Test City"
DOMAIN = f"[('city', '=', '{CITY}')]"


class GaugeCase(RolesCase):
    """Five partners of the test's own; ``self.admin`` defines gauges."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.admin = cls.make_user("admin", groups="base.group_user,base.group_partner_manager")
        cls.operator = cls.make_user("operator")
        cls.viewer = cls.make_user("viewer")
        for number, kind in enumerate(("contact", "contact", "contact", "invoice", "delivery")):
            cls.env["res.partner"].create(
                {
                    "name": f"P{number}",
                    "city": CITY,
                    "type": kind,
                    "color": number,
                    "is_company": kind == "invoice",
                }
            )

    def make(self, name="test.partners", user=None, **vals):
        """A gauge of those partners."""
        model = self.env["odooops.gauge"].with_user(user or self.admin)
        return model.create({"name": name, "model": "res.partner", "domain": DOMAIN, **vals})

    def compute(self, gauge):
        """What a gauge finds: labels → value."""
        answer = self.env["odooops.gauge"].with_user(self.operator).try_gauge(gauge.name)
        self.assertEqual(answer["error"], "")
        return {tuple(row["labels"].values()): row["value"] for row in answer["values"]}

    def observe(self):
        """What the leader of the database has to tell: metric → labels without the database → value."""
        self.env.flush_all()
        with self.registry.cursor() as cr:
            found = list(telling.observe(cr))
        self.env.invalidate_all()
        own = (state for state in found if state.metric.name.startswith((gauges.PREFIX, "odooops.gauge")))
        return {state.metric.name: {key[:-1]: value for key, value in state.values.items()} for state in own}

    def later(self, **amount):
        """Goes on at another time."""
        now = fields.Datetime.now() + timedelta(**amount)
        return patch.object(odooops_gauge_computation.fields.Datetime, "now", lambda *args: now)
