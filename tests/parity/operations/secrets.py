"""Secrets: by reference, since a value is nothing that a table may hold."""

from .table import BY_PEOPLE, ONE, READS, Button, Call, Cli, Delete, Form, Menu, No, Operation, Yaml

MODEL = "odooops.secret"
MENU = "odooops_base.menu_secret"
REFERENCE = "$ODOOOPS_SECRET_PARITY"
NAMED = [("name", "=", ONE)]
MAKE = Call(MODEL, "set_secret", {"name": ONE, "reference": REFERENCE})
REMOVE = Call(MODEL, "unlink", {}, on=NAMED)

ROWS = (
    Operation(
        name="secret.list",
        does="See which secrets there are and whether they can be used",
        role="operator",
        call=Call(MODEL, "search_read", {"domain": [], "fields": ["name", "is_usable", "problem"]}),
        ui=Menu(MENU),
        cli=Cli(("secret", "list")),
        yaml=READS,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="secret.set",
        does="Make a secret or give it another value or reference",
        role="admin",
        call=MAKE,
        ui=Form(MENU, {"name": ONE, "reference": REFERENCE}),
        cli=Cli(("secret", "set", ONE, "--reference", REFERENCE)),
        yaml=Yaml("secrets", f"version: 1\nsecrets:\n  {ONE}: {REFERENCE}\n"),
        schedule=BY_PEOPLE,
        proof=Call(MODEL, "search_count", {"domain": NAMED}),
        after=(REMOVE,),
    ),
    Operation(
        name="secret.delete",
        does="Delete a secret that nothing uses",
        role="admin",
        call=REMOVE,
        ui=Delete(MENU, NAMED),
        cli=Cli(("secret", "delete", ONE)),
        yaml=No("a file that lost a line must not take a secret with it; see prune in configuration.md"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call("odooops.environment", "search_count", {"domain": [("name", "=", "local")]}),
    ),
    Operation(
        name="secret.rotate",
        does="Encrypt all secrets with the first key",
        role="admin",
        call=Call(MODEL, "rotate_secrets", {}),
        ui=Button("odooops_base.odooops_secret_view_list", "action_rotate"),
        cli=Cli(("secret", "rotate")),
        yaml=No("it is done once after a new key, and is no state to be kept"),
        schedule=BY_PEOPLE,
        proof=Call("odooops.event", "search_count", {"domain": [("name", "=", "secret.rotated")]}),
    ),
)
