"""Asks Prometheus one question at a time."""

import json
import logging

import requests

from .tools import gates

_logger = logging.getLogger(__name__)

# Seconds for one question; bytes of an answer.
SECONDS = 5
MAX_BYTES = 1_000_000


class PrometheusError(Exception):
    """Prometheus could not be asked; the text says why, without the address' credentials."""


def query(url: str, promql: str) -> list[gates.Sample]:
    """The values of an instant query.

    :param url: address of Prometheus, from the server's own configuration
    :raises PrometheusError: when it cannot be reached or answers with something else
    :raises gates.GateError: when it refuses the query
    """
    status, body = _post(f"{url.rstrip('/')}/api/v1/query", {"query": promql})
    try:
        document = json.loads(body)
    except ValueError:
        raise PrometheusError(f"it answered {status} and no JSON") from None
    return gates.read_answer(document)


def _post(address: str, data: dict[str, str]) -> tuple[int, bytes]:
    """Status and body. No redirect is followed, and neither proxy nor password is taken from the environment."""
    with requests.Session() as session:
        session.trust_env = False
        try:
            with session.post(
                address, data=data, timeout=SECONDS, allow_redirects=False, stream=True
            ) as answer:
                return answer.status_code, answer.raw.read(MAX_BYTES, decode_content=True)
        except requests.Timeout:
            raise PrometheusError(f"it did not answer within {SECONDS} seconds") from None
        except (requests.RequestException, OSError, ValueError) as error:
            _logger.info("Prometheus could not be asked.", exc_info=True)
            raise PrometheusError(f"it cannot be reached ({type(error).__name__})") from None
