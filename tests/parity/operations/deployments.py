"""Deployments and the gates that they have to pass."""

from .table import (
    BY_PEOPLE,
    ID,
    ONE,
    READS,
    Button,
    Call,
    Cli,
    Delete,
    Dialog,
    Form,
    Menu,
    No,
    Operation,
    Yaml,
)

MODEL, MENU, FORM = (
    "odooops.deployment",
    "odooops_base.menu_deployment",
    "odooops_base.odooops_deployment_view_form",
)
OF_CI = No("it happens once, when it happens: a file says what is to be, not what was done")
NAMED = [("version", "=", ONE)]
START = Call(MODEL, "start_deployment", {"environment": "local", "version": ONE, "force": True})
FAIL = Call(MODEL, "finish_deployment", {"deployment": ID, "outcome": "failed"})

GATE, GATES = "odooops.gate", "odooops_base.menu_gate"
QUERY = "vector(1)"
GATE_NAMED = [("name", "=", ONE)]
MAKE_GATE = Call(
    GATE, "create", {"vals_list": [{"name": ONE, "query": QUERY, "comparison": "<", "threshold": 2}]}
)
REMOVE_GATE = Call(GATE, "unlink", {}, on=GATE_NAMED)


def _in_state(*states: str) -> Call:
    return Call(MODEL, "search_count", {"domain": [*NAMED, ("state", "in", states)]})


ROWS = (
    Operation(
        name="deployment.list",
        does="See what was deployed where",
        role="viewer",
        call=Call(MODEL, "search_read", {"domain": [("version", "=", "none")], "fields": ["version"]}),
        ui=Menu(MENU),
        cli=Cli(("deployment", "list")),
        yaml=READS,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="deployment.get",
        does="See one deployment with its gates and modules",
        role="viewer",
        call=Call(MODEL, "get_deployment", {"deployment": ID}),
        ui=Menu(MENU),
        cli=Cli(("deployment", "get", ID)),
        yaml=READS,
        schedule=BY_PEOPLE,
        before=(START,),
        target=NAMED,
        after=(FAIL,),
    ),
    Operation(
        name="deployment.start",
        does="Say that a deployment begins",
        role="operator",
        call=START,
        ui=Dialog(
            MENU,
            "odooops.deployment.start",
            "action_start",
            {"environment_id": "{local_id}", "version": ONE, "force": True},
        ),
        cli=Cli(("deployment", "start", "local", ONE, "--force")),
        yaml=OF_CI,
        schedule=BY_PEOPLE,
        proof=_in_state("running"),
        target=NAMED,
        after=(FAIL,),
    ),
    Operation(
        name="deployment.check",
        does="Ask the health gates about a deployment that runs",
        role="operator",
        call=Call(MODEL, "run_gates", {"deployment": ID}),
        ui=Button(FORM, "action_run_gates", NAMED),
        cli=No("deployment finish asks them, again and again with --wait"),
        yaml=OF_CI,
        schedule=BY_PEOPLE,
        before=(START,),
        proof=Call("odooops.gate.result", "search_count", {"domain": [("deployment_id.version", "=", ONE)]}),
        target=NAMED,
        after=(FAIL,),
    ),
    Operation(
        name="deployment.finish",
        does="Say that a deployment ended",
        role="operator",
        call=FAIL,
        ui=Button(FORM, "action_fail", NAMED),
        cli=Cli(("deployment", "finish", ID, "--failed"), code=1),
        yaml=OF_CI,
        schedule=BY_PEOPLE,
        before=(START,),
        proof=_in_state("failed"),
        target=NAMED,
    ),
    Operation(
        name="deployment.rolled_back",
        does="Say that a deployment was taken back",
        role="operator",
        call=Call(MODEL, "mark_rolled_back", {"deployment": ID}),
        ui=Button(FORM, "action_mark_rolled_back", NAMED),
        cli=Cli(("deployment", "mark-rolled-back", ID)),
        yaml=OF_CI,
        schedule=BY_PEOPLE,
        before=(START, FAIL),
        proof=_in_state("rolled_back"),
        target=NAMED,
    ),
    Operation(
        name="gate.list",
        does="See the health gates",
        role="viewer",
        call=Call(GATE, "search_read", {"domain": [], "fields": ["name", "query"]}),
        ui=Menu(GATES),
        cli=Cli(("gate", "list")),
        yaml=Yaml("gates"),
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="gate.create",
        does="Make a health gate",
        role="admin",
        call=MAKE_GATE,
        ui=Form(GATES, {"name": ONE, "query": QUERY, "comparison": "<", "threshold": 2}),
        cli=Cli(("gate", "create", ONE, "--query", QUERY, "--comparison", "<", "--threshold", "2")),
        yaml=Yaml(
            "gates",
            f"version: 1\ngates:\n  {ONE}:\n    query: {QUERY}\n    comparison: '<'\n    threshold: 2\n",
        ),
        schedule=BY_PEOPLE,
        proof=Call(GATE, "search_count", {"domain": GATE_NAMED}),
        after=(REMOVE_GATE,),
    ),
    Operation(
        name="gate.delete",
        does="Remove a health gate",
        role="admin",
        call=REMOVE_GATE,
        ui=Delete(GATES, GATE_NAMED),
        cli=Cli(("gate", "delete", ONE, "--yes")),
        yaml=No("a file that lost a line takes nothing away, unless it lists the section under prune"),
        schedule=BY_PEOPLE,
        before=(MAKE_GATE,),
        gone=Call(GATE, "search_count", {"domain": GATE_NAMED}),
    ),
    Operation(
        name="gate.try",
        does="See what a health gate would say now",
        role="operator",
        call=Call(GATE, "try_gate", {"gate": ONE}),
        ui=Button("odooops_base.odooops_gate_view_form", "action_try", GATE_NAMED),
        cli=Cli(("gate", "try", ONE)),
        yaml=READS,
        schedule=BY_PEOPLE,
        before=(MAKE_GATE,),
        proof=Call(GATE, "search_count", {"domain": GATE_NAMED}),
        after=(REMOVE_GATE,),
    ),
)
