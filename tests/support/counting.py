"""Counting requests in Prometheus exactly: by raw samples; ``increase()`` extrapolates and is right only nearly."""

import collections
import itertools
import secrets
import time
from concurrent.futures import ThreadPoolExecutor

import requests

METRIC = "http_server_request_duration_seconds_count"
# As Prometheus is started (odooops.stack.monitoring): no series is repeated for longer, nor sent more seldom.
LOOKBACK = 90


def count(stack, selector: str, since: float, metric: str = METRIC) -> float:
    """The increase of all series that match since that moment (seconds since the epoch)."""
    span = int(time.time() - since) + 1
    series = raw(stack, f"{metric}{{{selector}}}[{span}s]")
    return sum(increase([float(value) for _time, value in samples]) for _labels, samples in series)


class Counted:
    """Whether so many were counted; shown, it says what each series has had since when."""

    def __init__(self, stack, selector: str, since: float, expected: float):
        series = raw(stack, f"{METRIC}{{{selector}}}[{int(time.time() - since) + 1}s]")
        self._series = [
            (labels, [(at - since, float(value)) for at, value in samples]) for labels, samples in series
        ]
        self._found = sum(increase([value for _at, value in samples]) for _labels, samples in self._series)
        self._expected = expected

    def __bool__(self) -> bool:
        return self._found == self._expected

    def __repr__(self) -> str:
        return "\n".join([f"{self._found:g} of {self._expected}", *map(self._shown, self._series)])

    @staticmethod
    def _shown(series: tuple[dict, list[tuple[float, float]]]) -> str:
        """The instance, and the samples at which its value has changed: seconds since the beginning and the value."""
        labels, samples = series
        changes = [after for before, after in itertools.pairwise(samples) if before[1] != after[1]]
        shown = ", ".join(f"{value:g} at {at:.0f} s" for at, value in [samples[0], *changes, samples[-1]])
        return f"  {labels.get('instance')} {labels.get('http_response_status_code')}: {shown}"


def grown(stack, selector: str, since: float) -> float:
    """What all series of a selector have counted since a moment, from the last sample that each had by then.

    Other than sums of before and after, this is right as well when a process ended shortly before: Prometheus
    repeats its last value for a while, and its successor begins at zero.
    """
    span = int(time.time() - since + LOOKBACK)
    total = 0.0
    for _labels, samples in raw(stack, f"{selector}[{span}s]"):
        before = [float(value) for at, value in samples if at <= since][-1:]
        total += increase(before + [float(value) for at, value in samples if at > since])
    return total


def raw(stack, promql: str) -> list[tuple[dict, list]]:
    """The samples of each series of a range selector, as Prometheus holds them."""
    address = f"{stack.urls['prometheus']}/api/v1/query"
    answer = requests.get(address, params={"query": promql}, timeout=10).json()
    return [(found["metric"], found["values"]) for found in answer["data"]["result"]]


def increase(values: list[float]) -> float:
    """What a counter has counted from its first sample to its last, with falls as restarts from zero."""
    return sum(
        later - earlier if later >= earlier else later for earlier, later in itertools.pairwise(values)
    )


def send(
    stack, path: str, requests_: int, threads: int = 4, *, traceparents: list[str] | None = None
) -> collections.Counter:
    """Requests through nginx, several at a time; the statuses. Each has its ``traceparent`` when they are given."""
    address = f"{stack.urls['odoo']}{path}"
    headers = [{"traceparent": value} for value in traceparents or ()] or [{}] * requests_
    with ThreadPoolExecutor(threads) as pool:
        return collections.Counter(
            pool.map(lambda each: requests.get(address, headers=each, timeout=60).status_code, headers)
        )


def sampled_traceparents(number: int) -> list[str]:
    """Headers of fresh traces that their caller wants to be kept (W3C Trace Context §3.2)."""
    return [f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01" for _ in range(number)]


def trace_id(traceparent: str) -> str:
    return traceparent.split("-")[1]
