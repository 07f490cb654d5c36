"""API keys, of the caller."""

from .table import BY_PEOPLE, ID, ONE, Button, Call, Cli, Dialog, Menu, No, Operation

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
        # It says when each was used last, and each of these calls uses one.
        is_momentary=True,
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
    Operation(
        name="key.revoke",
        does="Make an API key worthless: one's own, or, as administrator, anybody's",
        role="viewer",
        call=Call("res.users.apikeys", "action_odooops_revoke", {}, on=NAMED),
        ui=Button("odooops_base.res_users_apikeys_view_list", "action_odooops_revoke", NAMED),
        cli=Cli(("key", "revoke", ID, "--yes")),
        yaml=NO_FILE,
        schedule=BY_PEOPLE,
        before=(CREATE,),
        is_own=True,
        gone=THERE,
        target=NAMED,
    ),
)
