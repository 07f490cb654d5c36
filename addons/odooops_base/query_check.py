"""Who reads the query of a health gate before it is saved: Prometheus, or else the parser, or else nobody.

Neither is needed to run Odoo. Without both, brackets and quotes are all that is looked at.
"""

from collections.abc import Callable

from .prometheus import PrometheusError
from .tools import gates, promql

PROMETHEUS, PARSER, BRACKETS = "prometheus", "parser", "brackets"


def check(query: str, ask: Callable[[str], None] | None) -> str:
    """Who has read the query and found nothing wrong with it.

    :param ask: has Prometheus read it, see ``prometheus.check``; None where there is none
    :raises gates.GateError: with what is wrong, where, and what to do
    """
    text = gates.stand_in(query)
    promql.check_brackets(text)
    if ask and _has_read(text, ask):
        return PROMETHEUS
    return PARSER if promql.parse(text) else BRACKETS


def _has_read(text: str, ask: Callable[[str], None]) -> bool:
    try:
        ask(text)
    except PrometheusError:
        return False
    except promql.KindError:
        raise
    except gates.GateError as error:
        raise gates.GateError(promql.explain(text, str(error))) from None
    return True
