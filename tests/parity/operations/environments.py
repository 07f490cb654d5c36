"""Environments."""

from .table import BY_PEOPLE, ONE, Call, Cli, Delete, Form, Menu, No, Operation, Yaml

MODEL = "odooops.environment"
MENU = "odooops_base.menu_environment"
NAMED = [("name", "=", ONE)]
THERE = Call(MODEL, "search_count", {"domain": NAMED})
MAKE = Call(MODEL, "create", {"vals_list": [{"name": ONE, "kind": "staging"}]})
REMOVE = Call(MODEL, "unlink", {}, on=NAMED)

ROWS = (
    Operation(
        name="environment.list",
        does="See the environments",
        role="viewer",
        call=Call(MODEL, "search_read", {"domain": [], "fields": ["name", "kind"]}),
        ui=Menu(MENU),
        cli=Cli(("environment", "list")),
        yaml=Yaml("environments"),
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="environment.create",
        does="Make an environment known",
        role="admin",
        call=MAKE,
        ui=Form(MENU, {"name": ONE, "kind": "staging"}),
        cli=Cli(("environment", "create", ONE, "--kind", "staging")),
        yaml=Yaml("environments", f"version: 1\nenvironments:\n  {ONE}:\n    kind: staging\n"),
        schedule=BY_PEOPLE,
        proof=THERE,
        after=(REMOVE,),
    ),
    Operation(
        name="environment.update",
        does="Change an environment",
        role="admin",
        call=Call(MODEL, "write", {"vals": {"retention_days": 7}}, on=NAMED),
        ui=Form(MENU, {"retention_days": 7}, on=NAMED),
        cli=Cli(("environment", "update", ONE, "--retention-days", "7")),
        yaml=Yaml("environments", f"version: 1\nenvironments:\n  {ONE}:\n    retention_days: 7\n"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("retention_days", "=", 7)]}),
        after=(REMOVE,),
    ),
    Operation(
        name="environment.delete",
        does="Forget an environment",
        role="admin",
        call=REMOVE,
        ui=Delete(MENU, NAMED),
        cli=Cli(("environment", "delete", ONE, "--yes")),
        yaml=No(
            "a file that lost a line must not take an environment with it; see prune in configuration.md"
        ),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        gone=THERE,
    ),
)
