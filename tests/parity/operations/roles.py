"""Roles."""

from .table import BY_PEOPLE, READS, Call, Cli, Delete, Form, Menu, No, Operation, Yaml

MODEL = "odooops.role.assignment"
MENU = "odooops_base.menu_role_assignment"
# The user parity_plain is made for this table and has no role.
HELD = [("user_id.login", "=", "parity_plain"), ("role", "=", "viewer")]
THERE = Call(MODEL, "search_count", {"domain": HELD})
USER = "{plain_id}"
GRANT = Call(MODEL, "grant_role", {"login": "parity_plain", "role": "viewer"})
REVOKE = Call(MODEL, "revoke_role", {"login": "parity_plain", "role": "viewer"})
TIDY = Call(MODEL, "unlink", {}, on=HELD)

ROWS = (
    Operation(
        name="role.list",
        does="See who holds which role where",
        role="auditor",
        call=Call(MODEL, "search_read", {"domain": [], "fields": ["user_id", "role", "scope"]}),
        ui=Menu(MENU),
        cli=Cli(("role", "list")),
        yaml=Yaml("roles"),
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="role.grant",
        does="Give a role",
        role="admin",
        call=GRANT,
        ui=Form(MENU, {"user_id": USER, "role": "viewer"}),
        cli=Cli(("role", "grant", "parity_plain", "viewer")),
        yaml=Yaml("roles", "version: 1\nroles:\n  parity_plain:\n    viewer: all\n"),
        schedule=BY_PEOPLE,
        proof=THERE,
        after=(TIDY,),
    ),
    Operation(
        name="role.revoke",
        does="Take a role away",
        role="admin",
        call=REVOKE,
        ui=Delete(MENU, HELD),
        cli=Cli(("role", "revoke", "parity_plain", "viewer", "--yes")),
        yaml=No("a file that lost a line must not take a role with it; see prune in configuration.md"),
        schedule=BY_PEOPLE,
        before=(GRANT,),
        after=(TIDY,),
        gone=THERE,
    ),
    Operation(
        name="role.access",
        does="See which role may do what",
        role="viewer",
        call=Call("odooops.access", "get_access_table", {}),
        ui=Menu("odooops_base.menu_access"),
        cli=Cli(("role", "access")),
        yaml=READS,
        schedule=BY_PEOPLE,
    ),
)
