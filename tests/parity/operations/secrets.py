"""Secrets: set, never read."""

from .table import BY_PEOPLE, ONE, Button, Call, Cli, Delete, Form, Menu, No, Operation, Yaml

MODEL, MENU = "odooops.secret", "odooops_base.menu_secret"
NAMED = [("name", "=", ONE)]
REFERENCE = "$ODOOOPS_SECRET_PARITY"
SET = Call(MODEL, "set_secret", {"name": ONE, "reference": REFERENCE})
REMOVE = Call(MODEL, "unlink", {}, on=NAMED)
THERE = Call(MODEL, "search_count", {"domain": NAMED})

ROWS = (
    Operation(
        name="secret.list",
        does="See which secrets there are, and whether they can be used",
        role="operator",
        call=Call(MODEL, "search_read", {"domain": [], "fields": ["name", "is_usable"]}),
        ui=Menu(MENU),
        cli=Cli(("secret", "list")),
        yaml=Yaml("secrets"),
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="secret.set",
        does="Set a secret, or say where it is kept",
        role="admin",
        call=SET,
        ui=Form(MENU, {"name": ONE, "reference": REFERENCE}),
        cli=Cli(("secret", "set", ONE, "--reference", REFERENCE)),
        yaml=Yaml("secrets", f"version: 1\nsecrets:\n  {ONE}: {REFERENCE}\n"),
        schedule=BY_PEOPLE,
        proof=THERE,
        after=(REMOVE,),
    ),
    Operation(
        name="secret.delete",
        does="Delete a secret that nothing uses",
        role="admin",
        call=REMOVE,
        ui=Delete(MENU, NAMED),
        cli=Cli(("secret", "delete", ONE, "--yes")),
        yaml=No("a file that lost a line takes nothing away, unless it lists the section under prune"),
        schedule=BY_PEOPLE,
        before=(SET,),
        gone=THERE,
    ),
    Operation(
        name="secret.rotate",
        does="Encrypt all secrets with the newest key",
        role="admin",
        call=Call(MODEL, "rotate_secrets", {}),
        ui=Button("odooops_base.odooops_secret_view_list", "action_rotate", []),
        cli=Cli(("secret", "rotate")),
        yaml=No("keys are in no configuration: they are files on the server"),
        schedule=No("a new key is put there by a person, who rotates in the same breath"),
        proof=Call("odooops.event", "search_count", {"domain": [("name", "=", "secret.rotated")]}),
    ),
)
