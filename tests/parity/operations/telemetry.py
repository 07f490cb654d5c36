"""The telemetry of Odoo's processes."""

from .table import BY_PEOPLE, READS, Call, Cli, Menu, Operation

ROWS = (
    Operation(
        name="telemetry.get",
        does="See how telemetry itself is, and what it costs",
        role="viewer",
        call=Call("odooops.telemetry", "get_health", {}),
        ui=Menu("odooops_otel.menu_telemetry_health"),
        cli=Cli(("telemetry", "health")),
        yaml=READS,
        schedule=BY_PEOPLE,
        is_momentary=True,
    ),
)
