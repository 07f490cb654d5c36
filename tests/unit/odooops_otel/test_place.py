"""A place is told by its module, and only code of applications is one."""

import pytest
from odooops_otel.tools import place


@pytest.mark.parametrize(
    ("module", "filename", "told"),
    [
        (
            "odoo.addons.sale.models.sale_order",
            "/srv/x/sale/models/sale_order.py",
            "odoo/addons/sale/models/sale_order.py",
        ),
        ("odoo.addons.sale", "/srv/x/sale/__init__.py", "odoo/addons/sale/__init__.py"),
        (None, "ir.actions.server(12,)", "ir.actions.server(12,)"),
        (None, "res.partner()", "res.partner()"),
        (None, "<s3cr3t>", "<dynamic>"),
        (None, "ir.actions.server(12,) s3cr3t", "<dynamic>"),
        (None, "s3cr3t", "<dynamic>"),
        ("odoo.addons.base.models.ir_qweb", "<s3cr3t>", "<dynamic>"),
    ],
)
def test_a_file_is_named_by_its_module_and_never_by_what_somebody_chose(module, filename, told):
    found = place.Place(module, filename, "f", 7)

    assert found.file == told
    assert str(found) == f"{told}:7"


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        ("odoo.addons.sale.models.sale_order", True),
        ("odoo.addons.base.models.res_partner", True),
        (None, True),
        ("odoo.orm.models", False),
        ("odoo.sql_db", False),
        ("odoo.http", False),
        ("psycopg2.extras", False),
        ("contextlib", False),
        ("odoo.addons.odooops_otel.telemetry.orm", False),
        ("odoo.addons.odooops_audit.capture", False),
        ("odoo.addons.odooops_otel.models_of_ours", False),
        ("odoo.addons.odooops_alerts.models.odooops_rule", True),
        ("odoo.addons.odooops_base.controllers.main", True),
        ("odoo.addons.odooops_base.tests.test_x", True),
    ],
)
def test_an_application_is_an_addon_and_not_what_stands_between(module, expected):
    assert place.is_application(module) is expected
