"""What browsers load, made once: tests roll back what they make, and each page would have to make it anew."""

from ..stack.run import run
from ..stack.state import State

# Those of the backend and of the page of unit tests; what is not among them is made when a page asks for it.
WITH_STYLES = ("web.assets_web", "web.assets_unit_tests_setup", "web.assets_unit_tests")
STYLES_ALONE = ("web.assets_web_print",)
SCRIPTS_ALONE = ("web.assets_tests", "web.__assets_tests_call__")
SCRIPT = f"""
from odoo.addons.odooops_base.tests.common import leave_out_what_debian_lacks
leave_out_what_debian_lacks(env)
for name in {WITH_STYLES + STYLES_ALONE}:
    env["ir.qweb"]._get_asset_bundle(name, js=False, css=True).css()
for name in {WITH_STYLES + SCRIPTS_ALONE}:
    env["ir.qweb"]._get_asset_bundle(name, js=True, css=False).js()
env.cr.commit()
"""


def make(state: State, database: str) -> None:
    """Makes the bundles in a database that tests are to run in; raises StackError."""
    odoo = [state.python, state.path("venv", "bin", "odoo"), "shell", "-c", state.path("odoo", "odoo.conf")]
    options = ["-d", database, "--no-http", "--shell-interface=python", "--log-level=error"]
    environment = {"OTEL_SDK_DISABLED": "true", "PGOPTIONS": "-c synchronous_commit=off"}
    run(state, "making the bundles of browsers", [*odoo, *options], text=SCRIPT, env=environment)
