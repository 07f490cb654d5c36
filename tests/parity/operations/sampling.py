"""Rules of sampling."""

from .table import BY_PEOPLE, ONE, READS, Call, Cli, Delete, Dialog, Form, Menu, No, Operation, Yaml

MODEL, MENU = "odooops.sampling.rule", "odooops_otel.menu_sampling_rule"
NAMED = [("name", "=", ONE)]
VALUES = {"name": ONE, "kind": "route", "pattern": "/shop/*", "http_method": "POST", "ratio": 0.5}
CREATED = ("--kind", "route", "--pattern", "/shop/*", "--http-method", "POST", "--ratio", "0.5")
MAKE = Call(MODEL, "create", {"vals_list": [VALUES]})
REMOVE = Call(MODEL, "unlink", {}, on=NAMED)
ROUTE = "/shop/cart"
ASKED = {"route": ROUTE, "http_method": "POST"}


def _entry(ratio: float) -> Yaml:
    values = f"kind: route, pattern: /shop/*, http_method: POST, ratio: {ratio}"
    return Yaml("sampling", f"version: 1\nsampling:\n  {ONE}: {{{values}}}\n")


ROWS = (
    Operation(
        name="sampling.list",
        does="See which requests are kept as traces",
        role="viewer",
        call=Call(MODEL, "search_read", {"domain": [], "fields": ["name", "kind", "pattern", "ratio"]}),
        ui=Menu(MENU),
        cli=Cli(("sampling", "list")),
        yaml=Yaml("sampling"),
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="sampling.create",
        does="Make a rule of sampling",
        role="admin",
        call=MAKE,
        ui=Form(MENU, VALUES),
        cli=Cli(("sampling", "create", ONE, *CREATED)),
        yaml=_entry(0.5),
        schedule=BY_PEOPLE,
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("http_method", "=", "POST")]}),
        after=(REMOVE,),
    ),
    Operation(
        name="sampling.update",
        does="Change a rule of sampling",
        role="admin",
        call=Call(MODEL, "write", {"vals": {"ratio": 0.25}}, on=NAMED),
        ui=Form(MENU, {"ratio": 0.25}, on=NAMED),
        cli=Cli(("sampling", "update", ONE, "--ratio", "0.25")),
        yaml=_entry(0.25),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("ratio", "=", 0.25)]}),
        after=(REMOVE,),
    ),
    Operation(
        name="sampling.delete",
        does="Remove a rule of sampling",
        role="admin",
        call=REMOVE,
        ui=Delete(MENU, NAMED),
        cli=Cli(("sampling", "delete", ONE, "--yes")),
        yaml=No("a file that lost a line takes nothing away, unless it lists the section under prune"),
        schedule=BY_PEOPLE,
        before=(MAKE,),
        gone=Call(MODEL, "search_count", {"domain": NAMED}),
    ),
    Operation(
        name="sampling.explain",
        does="See which rule decides for a request or a scheduled action",
        role="viewer",
        call=Call(MODEL, "explain_sampling", ASKED),
        ui=Dialog(
            MENU,
            "odooops.sampling.explanation",
            "action_explain",
            {"kind": "route", "subject": ROUTE, "http_method": "POST"},
        ),
        cli=Cli(("sampling", "explain", "--route", ROUTE, "--http-method", "POST")),
        yaml=READS,
        schedule=BY_PEOPLE,
        before=(MAKE,),
        proof=Call(MODEL, "search_count", {"domain": NAMED}),
        after=(REMOVE,),
    ),
)
