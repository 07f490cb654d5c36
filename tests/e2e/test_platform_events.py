"""Deployments and backups on a running stack: recorded, counted in Prometheus, and judged by real health gates."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest


@pytest.fixture(scope="module")
def rpc(stack):
    """Calls of a model's methods, as the web client makes them."""
    return stack.login().call


@pytest.fixture(scope="module")
def environment(rpc):
    """An environment of the test's own, in which nothing else is deployed."""
    rpc("odooops.environment", "create", [{"name": "e2e", "kind": "staging"}])
    return "e2e"


def test_a_deployment_is_judged_by_what_prometheus_has(stack, rpc, wait_for):
    started = rpc("odooops.deployment", "start_deployment", "local", "1.0", key="e2e-judged")

    def passed() -> bool:
        gates = rpc("odooops.deployment", "run_gates", started["id"])["gates"]
        missed = [(gate["name"], gate["message"]) for gate in gates if gate["outcome"] != "passed"]
        # What earlier tests broke on purpose counts for the window of the gate alone, which began with the deployment.
        if missed:
            raise ValueError(missed)
        return True

    wait_for("every gate is passed", passed, 180, 5)
    finished = rpc("odooops.deployment", "finish_deployment", started["id"], "success")

    assert finished["state"] == "succeeded"
    by_name = {gate["name"]: gate for gate in finished["gates"]}
    assert by_name["Odoo sends telemetry"]["value"] > 0
    assert by_name["Odoo answers its health check"]["value"] == 1


def test_an_environment_of_which_nothing_is_heard_is_not_good(rpc, environment):
    started = rpc("odooops.deployment", "start_deployment", environment, "1.0")
    finished = rpc("odooops.deployment", "finish_deployment", started["id"], "success")

    assert finished["state"] == "failed"
    assert "Odoo sends telemetry" in finished["reason"]


def test_what_was_done_is_counted(stack, rpc, environment, wait_for):
    selector = f'{{odooops_environment_name="{environment}"}}'

    def value(metric: str) -> float | None:
        found = stack.query(f"max({metric}{selector})")
        return found[0][1] if found else None

    started = rpc("odooops.deployment", "start_deployment", environment, "2.0")
    wait_for("it is active", lambda: value("odooops_deployment_active") == 1)
    rpc("odooops.deployment", "finish_deployment", started["id"], "failed")
    rpc(
        "odooops.backup", "record_backup", environment, size=4_000_000_000, finished_at="2026-01-01T00:00:00Z"
    )

    wait_for("it is counted", lambda: value("odooops_deployment_count_total"))
    wait_for("its duration is there", lambda: value("odooops_deployment_duration_seconds_count"))
    wait_for("it is failing", lambda: value("odooops_deployment_failing") == 1)
    wait_for("the backup is counted", lambda: value("odooops_backup_count_total"))
    wait_for("its size is there", lambda: value("odooops_backup_size_bytes") == 4e9)
    wait_for("its end is there", lambda: value("odooops_backup_last_success_time_seconds") == 1767225600)
    wait_for("the events are counted", lambda: stack.query("odooops_event_count_total"))


def test_of_jobs_that_start_at_once_one_deployment_comes(stack, rpc):
    rpc("odooops.environment", "create", [{"name": "e2e-race", "kind": "staging"}])
    sessions = [stack.login() for _ in range(6)]

    def start(numbered) -> int:
        number, session = numbered
        started = session.call("odooops.deployment", "start_deployment", "e2e-race", f"v{number}", key="job")
        return started["id"]

    with ThreadPoolExecutor(len(sessions)) as pool:
        ids = set(pool.map(start, enumerate(sessions)))

    found = rpc("odooops.deployment", "search", [["environment_id.name", "=", "e2e-race"]])
    assert found == list(ids)
    assert rpc(
        "odooops.event", "search_count", [["name", "=", "deployment.started"], ["target_id", "=", found[0]]]
    )


def test_the_installation_of_the_addons_was_recorded(rpc):
    found = rpc("odooops.deployment", "search_read", [["source", "=", "module"]], ["modules", "state"])

    assert any("odooops_base" in [module["name"] for module in each["modules"]] for each in found)
    assert {each["state"] for each in found} == {"succeeded"}


# Odoo's own function, in a process that has loaded the addons; the stack has switched the database manager off.
DUMP = """
from odoo.service import db
from odoo.tools import config

config["list_db"] = True
with open("{file}", "w+b") as stream:
    db.dump_db(env.cr.dbname, stream, "zip", True)
"""


def test_a_dump_that_odoo_makes_is_recorded_as_it_is(stack, rpc):
    before = rpc("odooops.backup", "search", [["source", "=", "odoo"]])
    file = stack.directory / "run" / "e2e.zip"

    stack.shell(DUMP.format(file=file), OTEL_SDK_DISABLED="true")

    domain = [["source", "=", "odoo"], ["id", "not in", before]]
    names = ["size", "checksum", "outcome", "kind", "environment_id"]
    [backup] = rpc("odooops.backup", "search_read", domain, names)
    assert (backup["outcome"], backup["kind"], backup["size"]) == ("success", "full", file.stat().st_size)
    assert backup["checksum"] == f"sha256:{hashlib.sha256(file.read_bytes()).hexdigest()}"
    assert backup["environment_id"][1] == "local"
