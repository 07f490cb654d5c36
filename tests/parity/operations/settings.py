"""Settings, and configuration as code."""

from .table import BY_PEOPLE, READS, Button, Call, Cli, Form, Menu, No, Operation, Schedule, Yaml

SETTING, CONFIGURATION, VERSION = "odooops.setting", "odooops.configuration", "odooops.configuration.version"
MENU, STATE = "odooops_base.menu_setting", "odooops_base.menu_state"
DIALOG = "odooops_base.menu_configuration_apply"
NAME = "event.retention_days"
TEXT = f"version: 1\nsettings:\n  {NAME}: 77\n"
STORED = Call(SETTING, "search_count", {"domain": [("name", "=", NAME), ("is_stored", "=", True)]})
SET = Call(SETTING, "set_setting", {"name": NAME, "value": 77})
UNSET = Call(SETTING, "unset_setting", {"name": NAME})
APPLY = Call(CONFIGURATION, "apply_configuration", {"text": TEXT})
IS_CURRENT = [("is_current", "=", True)]
FROM_FILE = No(
    "the command line reads the configuration from a file; tests/e2e/test_configuration.py does that"
)
IS_ITSELF = No("it is what is done with the file")

ROWS = (
    Operation(
        name="setting.list",
        does="See every setting, and where its value comes from",
        role="viewer",
        call=Call(SETTING, "get_settings", {}),
        ui=Menu(MENU),
        cli=Cli(("setting", "list")),
        yaml=Yaml("settings"),
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="setting.set",
        does="Set a setting",
        role="admin",
        call=SET,
        ui=Form(MENU, {"value": "77"}, on=[("name", "=", NAME)]),
        cli=Cli(("setting", "set", NAME, "77")),
        yaml=Yaml("settings", TEXT),
        schedule=BY_PEOPLE,
        proof=STORED,
        after=(UNSET,),
    ),
    Operation(
        name="setting.unset",
        does="Go back to the default of a setting",
        role="admin",
        call=UNSET,
        ui=Form(MENU, {"value": False}, on=[("name", "=", NAME)]),
        cli=Cli(("setting", "unset", NAME)),
        yaml=Yaml("settings", "version: 1\nprune: [settings]\nsettings: {}\n"),
        schedule=BY_PEOPLE,
        before=(SET,),
        proof=Call(SETTING, "search_count", {"domain": [("name", "=", NAME), ("is_stored", "=", False)]}),
    ),
    Operation(
        name="configuration.validate",
        does="Check a configuration",
        role="viewer",
        call=Call(CONFIGURATION, "validate_configuration", {"text": TEXT}),
        ui=Menu(DIALOG),
        cli=FROM_FILE,
        yaml=IS_ITSELF,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="configuration.plan",
        does="See what a configuration would change",
        role="viewer",
        call=Call(CONFIGURATION, "plan_configuration", {"text": TEXT}),
        ui=Menu(DIALOG),
        cli=FROM_FILE,
        yaml=IS_ITSELF,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="configuration.apply",
        does="Make the platform what a configuration says",
        role="admin",
        call=APPLY,
        ui=Menu(DIALOG),
        cli=FROM_FILE,
        yaml=Yaml("settings", TEXT),
        schedule=BY_PEOPLE,
        proof=STORED,
        after=(UNSET,),
    ),
    Operation(
        name="configuration.export",
        does="Get the configuration as it is",
        role="viewer",
        call=Call(CONFIGURATION, "export_configuration", {"sections": ["settings"]}),
        ui=Menu(DIALOG),
        cli=Cli(("config", "export", "--section", "settings")),
        yaml=IS_ITSELF,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="configuration.undo",
        does="Take back what the last configuration changed",
        role="admin",
        call=Call(VERSION, "undo_version", {}, on=IS_CURRENT),
        ui=Button("odooops_base.odooops_configuration_version_view_form", "action_undo", on=IS_CURRENT),
        cli=No("a file of an earlier commit is applied instead: that is what Git is there for"),
        yaml=IS_ITSELF,
        schedule=BY_PEOPLE,
        before=(APPLY,),
        proof=Call(VERSION, "search_count", {"domain": [*IS_CURRENT, ("origin", "=", "undone")]}),
        after=(UNSET,),
    ),
    Operation(
        name="configuration.drift",
        does="See whether the platform is still what was applied",
        role="viewer",
        call=Call(CONFIGURATION, "check_drift", {}),
        ui=Menu(STATE),
        cli=Cli(("config", "drift")),
        yaml=READS,
        schedule=Schedule("odooops_base.ir_cron_check_drift"),
    ),
)
