"""Events."""

from .table import BY_PEOPLE, READS, Call, Cli, Menu, Operation

ROWS = (
    Operation(
        name="event.list",
        does="See what was done, by whom, on what, from where",
        role="operator",
        call=Call(
            "odooops.event",
            "search_read",
            {"domain": [("name", "=", "environment.none")], "fields": ["name", "user_login"]},
        ),
        ui=Menu("odooops_base.menu_event"),
        cli=Cli(("event", "list", "--name", "environment.none")),
        yaml=READS,
        schedule=BY_PEOPLE,
    ),
)
