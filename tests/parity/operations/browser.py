"""What browsers report: switched on and off by a setting."""

from .table import BY_PEOPLE, Call, Cli, Form, Operation, Yaml

MODEL, MENU, NAME = "odooops.setting", "odooops_base.menu_setting", "browser.enabled"
NAMED = [("name", "=", NAME)]

ROWS = (
    Operation(
        name="browser.enable",
        does="Have browsers report page loads, calls, errors and Web Vitals",
        role="admin",
        call=Call(MODEL, "set_setting", {"name": NAME, "value": True}),
        ui=Form(MENU, {"value": "true"}, on=NAMED),
        cli=Cli(("setting", "set", NAME, "true")),
        yaml=Yaml("settings", f"version: 1\nsettings:\n  {NAME}: true\n"),
        schedule=BY_PEOPLE,
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("source", "=", "record")]}),
        after=(Call(MODEL, "unset_setting", {"name": NAME}),),
    ),
)
