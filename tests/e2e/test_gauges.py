"""A business gauge, from its definition to its one series in Prometheus, whatever happens to who computes it."""

import os
import secrets
import signal
import time
from collections.abc import Iterator

import pytest

SERIES = "odoo_business_{}"


@pytest.fixture
def gauge(stack) -> Iterator[str]:
    """The name of a gauge that counts models of Odoo's by whether they are transient."""
    session, name = stack.login(), f"e2e.models_{secrets.token_hex(3)}"
    values = {
        "name": name,
        "model": "ir.model",
        "labels": "transient",
        "unit": "{model}",
        "interval_seconds": 60,
    }
    [made] = session.call("odooops.gauge", "create", [values])
    yield name
    session.call("odooops.gauge", "unlink", [made])


def series(stack, gauge: str) -> list[tuple[dict[str, str], float]]:
    return stack.query(SERIES.format(gauge.replace(".", "_")))


def counts(stack) -> dict[str, int]:
    """What the gauge has to find."""
    session = stack.login()
    flags = {"true": True, "false": False}
    return {
        name: session.call("ir.model", "search_count", [("transient", "=", flag)])
        for name, flag in flags.items()
    }


def test_a_gauge_becomes_one_series_for_each_label(stack, gauge, wait_for):
    assert len(stack.worker_pids()) == 2

    found = wait_for("the gauge is in Prometheus", lambda: series(stack, gauge), 60)

    assert {labels["odoo_field_transient"]: value for labels, value in found} == counts(stack)
    for labels, _value in found:
        assert labels["job"] == "odooops/odoo"
        assert labels["deployment_environment_name"] == "local"
        assert labels["db_namespace"] == stack.status()["database"]
    assert len({labels["instance"] for labels, _value in found}) == 1


@pytest.mark.slow
def test_another_process_goes_on_when_the_one_that_tells_it_is_killed(stack, gauge, wait_for):
    [(labels, _value), *_more] = wait_for("the gauge is in Prometheus", lambda: series(stack, gauge), 60)
    os.kill(stack.slot_pid(labels["instance"].rpartition("/")[2]), signal.SIGKILL)
    # What the killed one said last stays for a while: what is said later counts.
    later = f"timestamp({SERIES.format(gauge.replace('.', '_'))}) > {time.time() + 2}"

    wait_for("one process tells it again", lambda: len(stack.query(later)) == 2, 180)
    assert {labels["odoo_field_transient"]: value for labels, value in series(stack, gauge)} == counts(stack)
    wait_for("the stack is healthy", stack.is_healthy, 60)


def test_a_gauge_that_is_tried_gives_the_same(stack, gauge):
    session = stack.login()
    answer = session.call("odooops.gauge", "try_gauge", gauge)

    assert answer["error"] == ""
    assert answer["series"] == SERIES.format(gauge.replace(".", "_"))
    assert {row["labels"]["transient"]: row["value"] for row in answer["values"]} == counts(stack)
