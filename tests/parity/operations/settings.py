"""Settings."""

from .table import BY_PEOPLE, Button, Call, Cli, Form, Menu, No, Operation, Yaml

MODEL, MENU = "odooops.setting", "odooops_base.menu_setting"
NAME = "event.retention_days"
NAMED = [("name", "=", NAME)]
SET = Call(MODEL, "set_setting", {"name": NAME, "value": 77})
UNSET = Call(MODEL, "unset_setting", {"name": NAME})

ROWS = (
    Operation(
        name="setting.list",
        does="See the settings, and where their values come from",
        role="viewer",
        call=Call(MODEL, "get_settings", {}),
        ui=Menu(MENU),
        cli=Cli(("setting", "list")),
        yaml=Yaml("settings"),
        schedule=BY_PEOPLE,
        before=(SET,),
        after=(UNSET,),
    ),
    Operation(
        name="setting.set",
        does="Change a setting",
        role="admin",
        call=SET,
        ui=Form(MENU, {"value": "77"}, on=NAMED),
        cli=Cli(("setting", "set", NAME, "77")),
        yaml=Yaml("settings", f"version: 1\nsettings:\n  {NAME}: 77\n"),
        schedule=BY_PEOPLE,
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("source", "=", "record")]}),
        after=(UNSET,),
    ),
    Operation(
        name="setting.unset",
        does="Go back to a setting's default",
        role="admin",
        call=UNSET,
        ui=Button("odooops_base.odooops_setting_view_list", "action_reset", NAMED),
        cli=Cli(("setting", "unset", NAME)),
        yaml=No("what a file does not mention stays as it is"),
        schedule=BY_PEOPLE,
        before=(SET,),
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("source", "=", "default")]}),
    ),
)
