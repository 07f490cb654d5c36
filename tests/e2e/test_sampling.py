"""A rule of sampling holds from the next request on, in every worker, and nothing is restarted."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

MODEL = "odooops.sampling.rule"
ROUTE = "/web/manifest.webmanifest"
ARRIVED = 60
COUNT = 24
WORKERS = ("http-0", "http-1")


@pytest.fixture
def rule(whole):
    """A rule for the route, which keeps nothing of it; ``rule(ratio=…)`` changes it."""
    session = whole.login()
    name = f"Manifest {os.urandom(4).hex()}"
    values = {"name": name, "sequence": 0, "kind": "route", "pattern": ROUTE, "ratio": 0.0}
    [made] = session.call(MODEL, "create", [values])
    yield lambda **vals: session.call(MODEL, "write", [made], vals)
    session.call(MODEL, "unlink", [made])


def ask(stack, marker: str, count: int = COUNT, **headers: str) -> None:
    """So many requests at once, so that each worker gets some, known by their User-Agent."""

    def get(_number: int) -> int:
        own = {"User-Agent": marker} | headers
        return requests.get(f"{stack.urls['odoo']}{ROUTE}", headers=own, timeout=30).status_code

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(get, range(count))) == {200}


def kept(stack, marker: str, slot: str = ".*") -> int:
    conditions = f'span.user_agent.original="{marker}" && resource.service.instance.id=~".*/{slot}"'
    return len(stack.tempo_search(f"{{ {conditions} }}"))


@pytest.fixture
def settle(whole, wait_for):
    """Waits until it is decided of all requests so far, in each worker: those that their caller keeps come after."""

    def wait() -> None:
        marker = f"settle-{os.urandom(6).hex()}"

        def have_arrived() -> bool:
            ask(whole, marker, 8, traceparent=f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-01")
            return all(kept(whole, marker, slot) for slot in WORKERS)

        wait_for("a request of each worker in Tempo", have_arrived, ARRIVED, 2)

    return wait


def test_a_rule_is_followed_by_both_workers_without_a_restart(whole, rule, settle, wait_for):
    workers = set(whole.worker_pids())
    before, during, after = (f"probe-{os.urandom(6).hex()}" for _ in range(3))

    ask(whole, before)
    settle()
    rule(ratio=1.0)
    ask(whole, during)
    wait_for("all of the requests in Tempo", lambda: kept(whole, during) == COUNT, ARRIVED)
    rule(ratio=0.0)
    ask(whole, after)
    settle()

    assert min(kept(whole, during, slot) for slot in WORKERS) > 0
    assert (kept(whole, before), kept(whole, after)) == (0, 0)
    assert set(whole.worker_pids()) == workers


def test_one_trace_has_its_statements_from_the_driver(whole, wait_for):
    found = {}
    for name, state in (("hooks", "a=b"), ("driver", "odooops=sql:driver")):
        trace_id = os.urandom(16).hex()
        headers = {"traceparent": f"00-{trace_id}-{os.urandom(8).hex()}-01", "tracestate": state}
        ask(whole, name, 1, **headers)

        def statements(trace_id=trace_id):
            spans = whole.tempo_trace(trace_id)
            return [span["attributes"] for span in spans if "db.query.text" in span["attributes"]]

        found[name] = wait_for(f"statements by {name} in Tempo", statements, ARRIVED)

    assert not any("server.address" in attributes for attributes in found["hooks"])
    assert all("server.address" in attributes for attributes in found["driver"])
