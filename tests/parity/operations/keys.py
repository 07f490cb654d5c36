"""API keys, of the caller."""

from .table import BY_PEOPLE, ONE, Call, Cli, Dialog, Menu, No, Operation

MODEL, MENU = "odooops.key", "odooops_base.menu_key"
NO_FILE = No("a key is shown once, to the person or program that it is for")
NAMED = [("name", "=", ONE)]
THERE = Call("res.users.apikeys", "search_count", {"domain": NAMED})
CREATE = Call(MODEL, "create_key", {"name": ONE, "days": 1})

ROWS = (
    Operation(
        name="key.list",
        does="See API keys and when they end",
        role="viewer",
        call=Call(MODEL, "get_keys", {}),
        ui=Menu(MENU),
        cli=Cli(("key", "list")),
        yaml=NO_FILE,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="key.create",
        does="Make an API key of one's own",
        role="viewer",
        call=CREATE,
        ui=Dialog(MENU, "odooops.key.create", "action_create", {"name": ONE, "days": 1}),
        cli=Cli(("key", "create", ONE, "--days", "1")),
        yaml=NO_FILE,
        schedule=BY_PEOPLE,
        proof=THERE,
    ),
)
