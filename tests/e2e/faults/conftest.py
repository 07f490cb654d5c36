"""Faults injected for real into the whole stack; each test counts what was lost, doubled or blocked."""

import time
from collections.abc import Callable, Iterator

import pytest
from counting import raw
from fault_proxy import QUEUE_SIZE, FaultProxy


@pytest.fixture(scope="module")
def proxy(whole) -> Iterator[FaultProxy]:
    """A proxy between Odoo and the collector, healthy until a test says otherwise."""
    proxy = FaultProxy()
    proxy.upstream = whole.urls["otelcol"]
    try:
        whole.up(
            OTEL_EXPORTER_OTLP_ENDPOINT=proxy.url,
            OTEL_EXPORTER_OTLP_TIMEOUT="2000",
            OTEL_BSP_MAX_QUEUE_SIZE=str(QUEUE_SIZE),
        )
        yield proxy
    finally:
        proxy.close()
        whole.up()


@pytest.fixture(autouse=True)
def _healthy_before_and_after(whole, wait_for, request) -> Iterator[None]:
    wait_for("a healthy stack before the test", whole.is_healthy, 120)
    yield
    if "proxy" in request.fixturenames:
        request.getfixturevalue("proxy").be()
    wait_for("a healthy stack after the test", whole.is_healthy, 120)


@pytest.fixture
def control(whole) -> Iterator[Callable[[str, str], None]]:
    """``control("stop", "loki")``: what supervisorctl does; what was stopped is started again at the end."""

    def act(verb: str, program: str) -> None:
        whole.supervisorctl(verb, program)
        (stopped.add if verb == "stop" else stopped.discard)(program)

    stopped: set[str] = set()
    yield act
    for program in sorted(stopped):
        act("start", program)


@pytest.fixture
def total(whole) -> Callable[..., float]:
    """``total(metric, **labels)``: the sum of a counter over all processes of Odoo."""

    def read(metric: str, **labels: str) -> float:
        selector = ",".join(f'{name}="{value}"' for name, value in labels.items())
        return sum(float(samples[-1][1]) for _labels, samples in raw(whole, f"{metric}{{{selector}}}[1m]"))

    return read


@pytest.fixture
def since() -> float:
    """The moment from which to count: all of before has been exported, and the range holds its last sample."""
    time.sleep(8)
    return time.time() - 5
