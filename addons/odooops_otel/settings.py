"""The settings that this addon reads from the database, too; those of the recorder are in tools/settings.py."""

from odoo.addons.odooops_base.tools.settings import BOOLEAN, NUMBER, Setting

SETTINGS = (
    Setting(
        "browser.enabled",
        BOOLEAN,
        False,
        "Whether browsers report how the web client does: page loads, calls of the server, errors, Web Vitals.",
    ),
    Setting(
        "browser.sampling_ratio",
        NUMBER,
        0.1,
        "Share of the page loads that report.",
        minimum=0,
        maximum=1,
    ),
)
