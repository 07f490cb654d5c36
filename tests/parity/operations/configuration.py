"""Configuration as code."""

from .table import BY_PEOPLE, CONFIGURATION, FILE, Button, Call, Cli, Dialog, No, Operation, Schedule, Yaml

MODEL, MENU = "odooops.configuration", "odooops_base.menu_configuration_apply"
DIALOG, VERSION = "odooops.configuration.apply", "odooops.configuration.version"
IN_FORCE = [("is_current", "=", True)]
UNSET = Call("odooops.setting", "unset_setting", {"name": "deployment.abandon_hours"})
APPLY = Call(MODEL, "apply_configuration", {"text": CONFIGURATION})
ITSELF = No("it is what is done with the file itself")

ROWS = (
    Operation(
        name="config.validate",
        does="Check a configuration",
        role="viewer",
        call=Call(MODEL, "validate_configuration", {"text": CONFIGURATION}),
        ui=Dialog(MENU, DIALOG, "action_plan", {"text": CONFIGURATION}),
        cli=Cli(("config", "validate", FILE)),
        yaml=ITSELF,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="config.export",
        does="Get the configuration as it is",
        role="viewer",
        call=Call(MODEL, "export_configuration", {}),
        ui=Dialog(MENU, DIALOG, "action_export", {}),
        cli=Cli(("config", "export")),
        yaml=ITSELF,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="config.plan",
        does="See what a configuration would change",
        role="viewer",
        call=Call(MODEL, "plan_configuration", {"text": CONFIGURATION}),
        ui=Dialog(MENU, DIALOG, "action_plan", {"text": CONFIGURATION}),
        cli=Cli(("config", "plan", FILE)),
        yaml=ITSELF,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="config.apply",
        does="Make the platform what a configuration says, or change nothing",
        role="admin",
        call=APPLY,
        ui=Dialog(MENU, DIALOG, "action_apply", {"text": CONFIGURATION}, first="action_plan"),
        cli=Cli(("config", "apply", FILE, "--yes")),
        yaml=Yaml("settings", CONFIGURATION),
        schedule=BY_PEOPLE,
        proof=Call(
            "odooops.setting",
            "search_count",
            {"domain": [("name", "=", "deployment.abandon_hours"), ("source", "=", "record")]},
        ),
        after=(UNSET,),
    ),
    Operation(
        name="config.undo",
        does="Take back what the configuration in force changed",
        role="admin",
        call=Call(VERSION, "undo_version", {}, on=IN_FORCE),
        ui=Button(f"odooops_base.{VERSION.replace('.', '_')}_view_form", "action_undo", IN_FORCE),
        cli=No("a file of an earlier commit is applied: that is what it is kept in Git for"),
        yaml=ITSELF,
        schedule=BY_PEOPLE,
        before=(APPLY,),
        proof=Call(VERSION, "search_count", {"domain": [*IN_FORCE, ("origin", "=", "undone")]}),
        after=(UNSET,),
    ),
    Operation(
        name="config.drift",
        does="See what is no longer as it was applied",
        role="viewer",
        call=Call(MODEL, "check_drift", {}),
        ui=No("the state page and the list of applied configurations say it by themselves"),
        cli=Cli(("config", "drift")),
        yaml=ITSELF,
        schedule=Schedule("odooops_base.ir_cron_check_drift"),
        before=(APPLY,),
        after=(UNSET,),
    ),
)
