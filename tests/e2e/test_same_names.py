"""The core is a part of the whole: the same requests give the same series, whichever way they came.

In the core Odoo's processes send to Prometheus, in the whole stack to the collector, which passes it on. Other tests
have asked the two for other things; so what is compared are the metrics that both have, and what both were asked for
here is known to be among them.
"""

import re
import secrets
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

# A shell is there when somebody opens one.
ODOO = '{job="odooops/odoo", instance!~".*/shell-.*"}'
# Labels whose values depend on what was asked and on what Odoo did by itself meanwhile.
ASKED = frozenset(
    """
    browser_web_vital_name browser_web_vital_rating db_collection_name db_operation_name disk_io_direction
    error_type http_request_method http_response_status_code http_route instance le network_io_direction
    odoo_browser_navigation_type odoo_browser_report_outcome odoo_cache_name odoo_cache_result odoo_cron_name
    odoo_mail_protocol odoo_mail_state odoo_model odoo_module_name odoo_module_operation odoo_orm_operation
    odoo_registry_load_kind odoo_report_format odoo_report_name odoo_session_event odoo_session_interface
    odoo_websocket_close_code odooops_backup_kind odooops_backup_outcome odooops_deployment_outcome
    odooops_deployment_source odooops_environment_kind odooops_environment_name odooops_event_name
    odooops_event_outcome odooops_telemetry_attribute odooops_telemetry_metric odooops_telemetry_signal
    process_exit_code rpc_method rpc_system_name server_address server_port url_scheme
    """.split()
)
# Only what failed has it.
OF_FAILURES = frozenset(["error_type"])
# What each kind of process has from its start; which of them does the rest of the work is chance.
FROM_THE_START = ("process_", "cpython_", "odoo_worker_")
# It runs longer than it takes to export.
SLOW_JOB = "env.cr.execute('SELECT pg_sleep(3)')"


class Asked:
    """The series that a stack has after it was asked the same as the other."""

    def __init__(self, stack):
        self.stack = stack
        session = stack.login()
        for _ in range(3):
            requests.get(f"{session.address}/web/login", timeout=30)
        session.call("res.partner", "search_count", [])
        answer = session.post(
            f"{session.address}/web/dataset/call_kw/res.partner/no_such_method",
            json={"params": {"model": "res.partner", "method": "no_such_method", "args": [], "kwargs": {}}},
            timeout=30,
        )
        assert "error" in answer.json()
        self.run_job(session)
        self.change_platform(session)

    def change_platform(self, session) -> None:
        """A deployment and a backup, in an environment of its own, with the events that they are."""
        name = f"same-names-{secrets.token_hex(4)}"
        session.call("odooops.environment", "create", [{"name": name, "kind": "development"}])
        started = session.call("odooops.deployment", "start_deployment", name, "1.0")
        session.call("odooops.deployment", "finish_deployment", started["id"], "failed")
        session.call("odooops.backup", "record_backup", name, size=1)

    def run_job(self, session) -> None:
        [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
        job = {"name": "Slow", "model_id": model, "state": "code", "code": SLOW_JOB, "active": False}
        identifier = session.call("ir.cron", "create", job)
        session.run_job(identifier)
        session.call("ir.cron", "unlink", [identifier])

    def series(self) -> list[dict[str, str]]:
        return [labels for labels, _value in self.stack.query(ODOO)]

    def names(self) -> set[str]:
        return {labels["__name__"] for labels in self.series()}

    def labels(self) -> set[tuple[str, str]]:
        """Metric and name of a label."""
        return {
            (labels["__name__"], name) for labels in self.series() for name in labels.keys() - OF_FAILURES
        }

    def values(self) -> set[tuple[str, str, str]]:
        """Metric, label and value, where the value does not depend on what was asked."""
        return {
            (labels["__name__"], name, value)
            for labels in self.series()
            for name, value in labels.items()
            if name not in ASKED
            and (name != "odoo_worker_type" or labels["__name__"].startswith(FROM_THE_START))
        }

    def of_the_login_page(self) -> set[tuple]:
        """Whole series of a route that both were asked for, of whichever worker."""
        return {
            tuple(sorted((name, value) for name, value in labels.items() if name != "instance"))
            for labels in self.series()
            if labels.get("http_route") == "/web/login"
            and labels.get("http_request_method", "GET") == "GET"
            and labels.get("http_response_status_code", "200") == "200"
        }

    def instances(self) -> set[str]:
        """The slots whose processes sent, without the host and port before them."""
        return {re.sub(r"^[^/:]+:\d+/", "", labels["instance"]) for labels in self.series()}


@pytest.fixture(scope="module")
def both(stack, whole) -> tuple[Asked, Asked]:
    with ThreadPoolExecutor(2) as pool:
        core, all_ = pool.map(Asked, (stack, whole))
    return core, all_


@pytest.mark.parametrize("look", [Asked.labels, Asked.values], ids=lambda look: look.__name__)
def test_metrics_of_core_and_whole_have_the_same(both, wait_for, look: Callable):
    def look_at_both() -> Iterator[set]:
        common = both[0].names() & both[1].names()
        return ({found for found in look(asked) if found[0] in common} for asked in both)

    wait_for(f"{look.__name__} of core and whole are the same", lambda: _is_the_same(*look_at_both()), 60, 1)


@pytest.mark.parametrize("look", [Asked.of_the_login_page, Asked.instances], ids=lambda look: look.__name__)
def test_core_and_whole_have_the_same(both, wait_for, look: Callable):
    wait_for(f"{look.__name__} of both are the same", lambda: _is_the_same(*map(look, both)), 60, 1)


def _is_the_same(core: set, whole: set) -> bool:
    if not core or core != whole:
        raise ValueError(f"only core: {sorted(core - whole)}; only whole: {sorted(whole - core)}")
    return True


def test_what_was_asked_is_among_them(both, wait_for):
    expected = {
        "http_server_request_duration_seconds_bucket",
        "http_server_active_requests",
        "odoo_cron_job_duration_seconds_bucket",
        "odoo_cron_job_active",
        "odoo_worker_exits_total",
        "odooops_backup_size_bytes",
        "odooops_deployment_count_total",
        "odooops_event_count_total",
        "db_client_connection_count",
        "process_memory_virtual_bytes",
        "target_info",
    }
    for asked in both:
        wait_for("the metrics of what was asked", lambda asked=asked: expected <= asked.names())


def test_what_identifies_a_database_and_signs_for_it_is_its_own(stack, whole):
    """Though both may come from one installation of Odoo, which the cache keeps."""
    names = ("database.uuid", "database.secret")
    found = [
        each.login().call("ir.config_parameter", "get_param", name)
        for each in (stack, whole)
        for name in names
    ]

    assert all(found)
    assert len(set(found)) == len(found)
