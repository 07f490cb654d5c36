"""What browsers load, made once: tests roll back what they make, and each page would have to make it anew.

What was made is kept for the next run, under Odoo's own sum of what it was made from: names and times of all files.
"""

from ..stack.run import run
from ..stack.state import State

# Those of the backend and of the page of unit tests; what is not among them is made when a page asks for it.
WITH_STYLES = ("web.assets_web", "web.assets_unit_tests_setup", "web.assets_unit_tests")
STYLES_ALONE = ("web.assets_web_print",)
SCRIPTS_ALONE = (
    "web.assets_tests",
    "web.__assets_tests_call__",
    "web.assets_emoji",
    "bus.websocket_worker_assets",
    "odooops_otel.assets_browser",
)
WANTED = {"css": WITH_STYLES + STYLES_ALONE, "js": WITH_STYLES + SCRIPTS_ALONE}
SCRIPT = """
from pathlib import Path
from odoo.addons.odooops_base.tests.common import leave_out_what_debian_lacks

def take(name, kind):
    bundle = env["ir.qweb"]._get_asset_bundle(name, js=kind == "js", css=kind == "css")
    file = Path(kept, f"{bundle.get_checksum(kind)}.{name}.{kind}")
    if file.is_file():
        bundle.save_attachment(f"min.{kind}", file.read_text())
        return file
    made = getattr(bundle, kind)()
    if not bundle.css_errors:
        part = file.with_suffix(".part")
        part.write_bytes(made.raw)
        part.rename(file)
    return file

leave_out_what_debian_lacks(env)
taken = {take(name, kind) for kind, names in wanted.items() for name in names}
env.cr.commit()
for file in set(Path(kept).iterdir()) - taken:
    file.unlink()
"""


def make(state: State, database: str) -> None:
    """Makes the bundles in a database that tests are to run in; raises StackError."""
    kept = state.path("bundles")
    kept.mkdir(mode=0o750, exist_ok=True)
    odoo = [state.python, state.path("venv", "bin", "odoo"), "shell", "-c", state.path("odoo", "odoo.conf")]
    options = ["-d", database, "--no-http", "--shell-interface=python", "--log-level=error"]
    environment = {"OTEL_SDK_DISABLED": "true", "PGOPTIONS": "-c synchronous_commit=off"}
    script = f"kept, wanted = {str(kept)!r}, {WANTED!r}\n{SCRIPT}"
    run(state, "making the bundles of browsers", [*odoo, *options], text=script, env=environment)
