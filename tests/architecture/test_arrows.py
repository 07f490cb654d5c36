"""Design §2: who may depend on whom."""

import pytest
from rules import arrows

RULES = [
    arrows.python_imports,
    arrows.python_references,
    arrows.manifest_depends,
    arrows.data_references,
    arrows.client_imports,
    arrows.server_wide_imports,
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_the_repository_keeps_to_the_arrows(rule, repository):
    assert rule(repository) == []


@pytest.mark.parametrize(
    "statement",
    [
        "import odoo.addons.odooops_audit.models",
        "from odoo.addons.odooops_audit import models",
        "from odoo.addons import odooops_audit",
        "from ...odooops_audit.tools import chain",
        "from odooops_audit.tools import chain",
    ],
)
def test_an_import_of_a_sibling_is_found_in_every_spelling(tree, statement):
    root = tree({"addons/odooops_alerts/models/alert.py": statement})

    assert [line.split(":")[0] for line in arrows.python_imports(root)] == [
        "addons/odooops_alerts/models/alert.py"
    ]


def test_the_four_may_import_the_floor_and_themselves(tree):
    text = "from odoo.addons.odooops_base.tools import roles\nfrom ..tools import rule\nfrom . import other\n"

    assert arrows.python_imports(tree({"addons/odooops_alerts/models/alert.py": text})) == []


def test_the_floor_imports_none_of_ours(tree):
    root = tree({"addons/odooops_base/models/part.py": "from odoo.addons.odooops_otel.tools import semconv"})

    assert len(arrows.python_imports(root)) == 1


@pytest.mark.parametrize("text", ["odooops_audit.group_reader", "odooops_audit/static/src/x.js"])
def test_a_sibling_named_in_a_string_is_found_but_not_in_prose(tree, text):
    root = tree({"addons/odooops_otel/models/x.py": f'"""About odooops_audit.log."""\nREF = "{text}"\n'})

    assert arrows.python_references(root) == [
        f"addons/odooops_otel/models/x.py:2: odooops_otel refers to '{text}'"
    ]


def test_a_dependency_on_a_sibling_is_found(tree):
    manifest = "{'name': 'x', 'depends': ['odooops_base', 'odooops_sso', 'web']}"

    found = arrows.manifest_depends(tree({"addons/odooops_otel/__manifest__.py": manifest}))

    assert found == ["addons/odooops_otel/__manifest__.py:1: odooops_otel depends on odooops_sso"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("views/a.xml", '<field name="parent_id" ref="odooops_sso.menu_root"/>'),
        ("security/ir.model.access.csv", "access_x,x,odooops_sso.model_x,base.group_user,1,0,0,0"),
        ("static/src/a.js", 'import {x} from "@odooops_sso/x";'),
        ("static/src/a.xml", '<t t-call="odooops_sso.Panel"/>'),
    ],
)
def test_a_reference_to_a_sibling_in_data_is_found(tree, name, text):
    assert len(arrows.data_references(tree({f"addons/odooops_audit/{name}": text}))) == 1


def test_comments_and_the_own_name_are_no_references(tree):
    files = {
        "addons/odooops_audit/views/a.xml": '<!-- odooops_sso.x\n odooops_sso.y -->\n<t t-call="odooops_audit.z"/>',
        "addons/odooops_audit/static/a.js": "// odooops_sso.x\nx.odooops_sso_count.y;",
    }

    assert arrows.data_references(tree(files)) == []


@pytest.mark.parametrize(
    "statement", ["import odoo", "from odoo import api", "from odooops_base.tools import x"]
)
def test_the_client_imports_neither_odoo_nor_an_addon(tree, statement):
    root = tree({"setup/odooops/src/odooops/main.py": f"import odooops.client\n{statement}\n"})

    assert [line.split(":")[1] for line in arrows.client_imports(root)] == ["2"]


@pytest.mark.parametrize(
    ("name", "statement"),
    [
        ("hooks.py", "from .models import x"),
        ("hooks.py", "from . import models"),
        ("tools/a.py", "from ..models.x import y"),
        ("telemetry/a.py", "from odoo import models"),
        ("telemetry/b/c.py", "import odoo.fields"),
        ("telemetry/a.py", "from odoo.api import Environment"),
        ("telemetry/a.py", "from odoo.addons.mail.models.mail_mail import MailMail"),
        ("telemetry/a.py", "import odoo.addons.base_import.models"),
    ],
)
def test_server_wide_code_imports_no_model(tree, name, statement):
    assert len(arrows.server_wide_imports(tree({f"addons/odooops_otel/{name}": statement}))) == 1


def test_server_wide_code_may_import_odoo_itself_and_base(tree):
    cron = "from odoo.addons.base.models.ir_cron import IrCron\n"
    root = tree({"addons/odooops_otel/hooks.py": f"import odoo.http\nfrom .telemetry import process\n{cron}"})

    assert arrows.server_wide_imports(root) == []
