"""The state of the platform's parts."""

from .table import BY_PEOPLE, READS, Call, Cli, Menu, Operation

ROWS = (
    Operation(
        name="state.list",
        does="See which part works, and what to do about those that do not",
        role="viewer",
        call=Call("odooops.component", "get_status", {}),
        ui=Menu("odooops_base.menu_state"),
        cli=Cli(("status",)),
        yaml=READS,
        schedule=BY_PEOPLE,
        is_momentary=True,
    ),
)
