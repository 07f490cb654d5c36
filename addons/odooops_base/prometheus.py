"""Asks Prometheus one question at a time."""

import json
from urllib.parse import urlencode

from . import outbound
from .tools import gates

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


class PrometheusError(Exception):
    """Prometheus could not be asked; the text is a sentence that says why, and nothing of the address but its host."""


def query(
    url: str, promql: str, *, trusted: bool, purpose: str = "gate", seconds: float = 5
) -> list[gates.Sample]:
    """The values of an instant query.

    :param url: address of Prometheus
    :param trusted: whether the address is from the server's own configuration, and may be a private one
    :param purpose: a word for Prometheus' log
    :param seconds: how long it may take
    :raises PrometheusError: when it cannot be reached or answers with something else
    :raises gates.GateError: when it refuses the query
    """
    return gates.read_answer(_ask(url, {"query": promql}, trusted, purpose, seconds))


def check(url: str, promql: str, *, trusted: bool, seconds: float = 2) -> None:
    """Has Prometheus read a query. It is asked of the year 1970, of which there is no data: nothing is computed.

    :raises PrometheusError: when it does not say whether it can read it
    :raises gates.GateError: when it cannot, or gives something that is no number for each series
    """
    document = _ask(url, {"query": promql, "time": "0"}, trusted, "gate", seconds)
    if gates.is_failure(document):
        raise PrometheusError("It could not tell whether it can read the query.")
    gates.read_answer(document)


def _ask(url: str, parameters: dict[str, str], trusted: bool, purpose: str, seconds: float) -> object:
    address, form = f"{url.rstrip('/')}/api/v1/query", urlencode(parameters).encode()
    try:
        answer = outbound.request(
            "POST", address, headers=FORM, data=form, purpose=purpose, seconds=seconds, trusted=trusted
        )
    except outbound.OutboundError as error:
        raise PrometheusError(str(error)) from None
    try:
        return json.loads(answer.body)
    except ValueError:
        raise PrometheusError(f"It answered {answer.status} and no JSON.") from None
