"""Whether the collector follows the rules of redaction that Odoo's database has."""

from collections.abc import Callable, Iterator
from typing import Any

from ..stack import redaction_rules
from .examination import OK, WARNING, Failed, Patient, Result

SYNC = "odooops redaction sync has the collector follow them"
CHECK = "redaction"


def rules(patient: Patient, ask: Callable[[], dict[str, Any]]) -> Iterator[Result]:
    """Compares the collector's file with what Odoo says.

    :param ask: gives what ``get_collector_rules`` of Odoo says
    """
    file = patient.stack.directory.joinpath(*redaction_rules.PLACE)
    found = ask()
    if not file.exists():
        raise Failed("the collector has no file of rules of redaction", "run setup/up")
    if file.read_text() != redaction_rules.render(found):
        raise Failed("the collector follows other rules of redaction than Odoo's database has", SYNC)
    yield Result(CHECK, OK, f"the collector follows the rules that Odoo has: {len(found['rules'])}")
    for rule in found["left_out"]:
        detail = f"{rule['name']} {rule['reason']}: it holds in Odoo alone"
        yield Result(CHECK, WARNING, detail, "write the pattern without it: docs/redaction.md")
