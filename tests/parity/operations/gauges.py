"""Business gauges."""

from .table import BY_PEOPLE, READS, Button, Call, Cli, Delete, Form, Menu, No, Operation, Yaml

MODEL, MENU = "odooops.gauge", "odooops_otel.menu_gauge"
# One for all cells, each of which takes it away again: a name of a cell is none of a metric.
NAME = "parity.partners"
NAMED = [("name", "=", NAME)]
MAKE = Call(MODEL, "create", {"vals_list": [{"name": NAME, "model": "res.partner"}]})
REMOVE = Call(MODEL, "unlink", {}, on=NAMED)
TELLS = No("the leader of the telemetry computes it by itself, every so many seconds as the gauge says")


def _yaml(more: str = "") -> str:
    return f"version: 1\ngauges:\n  {NAME}:\n    model: res.partner\n{more}"


def _is_there(*more: tuple) -> Call:
    return Call(MODEL, "search_count", {"domain": [*NAMED, *more]})


ROWS = (
    Operation(
        name="gauge.list",
        does="See the business gauges with what was found",
        role="viewer",
        call=Call(MODEL, "search_read", {"domain": NAMED, "fields": ["name", "model"]}),
        ui=Menu(MENU),
        cli=Cli(("gauge", "list")),
        yaml=Yaml("gauges"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        after=(REMOVE,),
    ),
    Operation(
        name="gauge.create",
        does="Make a business gauge",
        role="admin",
        call=MAKE,
        ui=Form(MENU, {"name": NAME, "model": "res.partner"}),
        cli=Cli(("gauge", "create", NAME, "--model", "res.partner")),
        yaml=Yaml("gauges", _yaml()),
        schedule=BY_PEOPLE,
        proof=_is_there(),
        after=(REMOVE,),
    ),
    Operation(
        name="gauge.update",
        does="Change a business gauge",
        role="admin",
        call=Call(MODEL, "write", {"vals": {"labels": "is_company"}}, on=NAMED),
        ui=Form(MENU, {"labels": "is_company"}, on=NAMED),
        cli=Cli(("gauge", "update", NAME, "--labels", "is_company")),
        yaml=Yaml("gauges", _yaml("    labels: is_company\n")),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=_is_there(("labels", "=", "is_company")),
        after=(REMOVE,),
    ),
    Operation(
        name="gauge.delete",
        does="Remove a business gauge",
        role="admin",
        call=REMOVE,
        ui=Delete(MENU, NAMED),
        cli=Cli(("gauge", "delete", NAME, "--yes")),
        yaml=No("a file that lost a line takes nothing away, unless it lists the section under prune"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call("odooops.event", "search_count", {"domain": [("name", "=", "gauge.deleted")]}),
        after=(REMOVE,),
    ),
    Operation(
        name="gauge.try",
        does="Compute a business gauge now",
        role="operator",
        call=Call(MODEL, "try_gauge", {"gauge": NAME}),
        ui=Button("odooops_otel.odooops_gauge_view_form", "action_try", NAMED),
        cli=Cli(("gauge", "try", NAME)),
        yaml=READS,
        schedule=TELLS,
        before=(MAKE,),
        proof=_is_there(("result_ids.failures", "=", 0)),
        after=(REMOVE,),
    ),
)
