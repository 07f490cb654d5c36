"""Rules of redaction."""

from .table import BY_PEOPLE, ONE, READS, Call, Cli, Delete, Dialog, Form, Menu, No, Operation, Yaml

MODEL, MENU = "odooops.redaction.rule", "odooops_otel.menu_redaction_rule"
NAMED = [("name", "=", ONE)]
VALUES = {"name": ONE, "kind": "name", "pattern": "employee_no"}
MAKE = Call(MODEL, "create", {"vals_list": [VALUES]})
REMOVE = Call(MODEL, "unlink", {}, on=NAMED)
TEXT = "refused employee_no=4711"
ON_ITS_MACHINE = No(
    "Odoo does not write a collector's file or restart it: who may do so on its machine does, with what "
    "`get_collector_rules` gives"
)


def _entry(pattern: str) -> Yaml:
    return Yaml("redaction", f"version: 1\nredaction:\n  {ONE}:\n    kind: name\n    pattern: {pattern}\n")


ROWS = (
    Operation(
        name="redaction.list",
        does="See what is redacted besides the default",
        role="viewer",
        call=Call(MODEL, "search_read", {"domain": [], "fields": ["name", "kind", "pattern"]}),
        ui=Menu(MENU),
        cli=Cli(("redaction", "list")),
        yaml=Yaml("redaction"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        after=(REMOVE,),
    ),
    Operation(
        name="redaction.create",
        does="Make a rule of redaction",
        role="admin",
        call=MAKE,
        ui=Form(MENU, VALUES),
        cli=Cli(("redaction", "create", ONE, "--kind", "name", "--pattern", "employee_no")),
        yaml=_entry("employee_no"),
        schedule=BY_PEOPLE,
        proof=Call(MODEL, "search_count", {"domain": NAMED}),
        after=(REMOVE,),
    ),
    Operation(
        name="redaction.update",
        does="Change a rule of redaction",
        role="admin",
        call=Call(MODEL, "write", {"vals": {"pattern": "x_tenant"}}, on=NAMED),
        ui=Form(MENU, {"pattern": "x_tenant"}, on=NAMED),
        cli=Cli(("redaction", "update", ONE, "--pattern", "x_tenant")),
        yaml=_entry("x_tenant"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("pattern", "=", "x_tenant")]}),
        after=(REMOVE,),
    ),
    Operation(
        name="redaction.delete",
        does="Remove a rule of redaction",
        role="admin",
        call=REMOVE,
        ui=Delete(MENU, NAMED),
        cli=Cli(("redaction", "delete", ONE, "--yes")),
        yaml=No("a file that lost a line takes nothing away, unless it lists the section under prune"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        gone=Call(MODEL, "search_count", {"domain": NAMED}),
    ),
    Operation(
        name="redaction.try",
        does="See what a text becomes before it leaves Odoo",
        role="viewer",
        call=Call(MODEL, "try_redaction", {"text": TEXT}),
        ui=Dialog(MENU, "odooops.redaction.trial", "action_try", {"text": TEXT}),
        cli=Cli(("redaction", "try", TEXT)),
        yaml=READS,
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call(MODEL, "search_count", {"domain": NAMED}),
        after=(REMOVE,),
    ),
    Operation(
        name="redaction.render",
        does="See the rules as a collector can have them",
        role="viewer",
        call=Call(MODEL, "get_collector_rules", {}),
        ui=No("list and form of the rules say which of them a collector can have; its file is for programs"),
        cli=Cli(("redaction", "render")),
        yaml=No("the section `redaction` of a file has the rules themselves; `--file` takes them from there"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        after=(REMOVE,),
    ),
    Operation(
        name="redaction.sync",
        does="Have the collector of the local stack follow the rules",
        role="viewer",
        call=ON_ITS_MACHINE,
        ui=ON_ITS_MACHINE,
        cli=Cli(("redaction", "sync"), told={"changed": True}, needs_collector=True),
        yaml=ON_ITS_MACHINE,
        schedule=ON_ITS_MACHINE,
        before=(MAKE,),
        after=(REMOVE,),
    ),
)
