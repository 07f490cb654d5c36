"""What Odoo does besides requests: scheduled actions that are late or fail, modules, registries, a shell."""

import secrets
import time

import pytest
import requests
from counting import grown
from traced import Traced

ARRIVED = 60
MODULE = "base_sparse_field"  # small, and of use to no other test
WEEK = 7 * 86_400


@pytest.fixture(scope="module")
def session(whole):
    return whole.login()


@pytest.fixture
def counted(whole, wait_for):
    """``counted(what, selector)``: the sum of a query, once it is above 0."""

    def find(what: str, selector: str) -> float:
        [(_labels, value)] = wait_for(what, lambda: whole.query(f"sum({selector}) > 0"), ARRIVED)
        return value

    return find


@pytest.fixture
def failing(session):
    """A scheduled action that is late by ten minutes and fails whenever it is run."""
    [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])
    values = {"name": f"Test {secrets.token_hex(4)}", "model_id": model, "state": "code", "code": "1 / 0"}
    job = {"interval_type": "days", "nextcall": "2026-01-01 00:00:00", "active": False}
    [made] = session.call("ir.cron", "create", [values | job])
    session.call("ir.cron", "write", [made], {"active": True})
    yield made, values["name"]
    session.call("ir.cron", "unlink", [made])


def test_a_scheduled_action_that_is_late_and_goes_on_failing(whole, session, failing, counted, wait_for):
    cron, name = failing
    named = f'odoo_cron_name="{name}"'
    runs = f'odoo_cron_job_duration_seconds_count{{{named}, error_type="ZeroDivisionError"}}'
    session.trigger(cron)
    counted("the first run", runs)
    session.trigger(cron)
    wait_for("the second run", lambda: whole.query(f"sum({runs}) >= 2"), ARRIVED)

    lateness = counted("how late it was", f"odoo_cron_job_lateness_seconds_sum{{{named}}}")
    assert lateness > 600
    wait_for(
        "it has failed twice in a row",
        lambda: whole.query(f"odoo_cron_job_failures{{{named}}} >= 2"),
        ARRIVED,
    )
    left = counted("how long until it is deactivated", f"odoo_cron_job_deactivation_seconds{{{named}}}")
    assert WEEK - 600 < left <= WEEK
    assert whole.query(f"odoo_cron_job_overdue_seconds{{{named}}}")


def change_module(session, module: int, button: str, traced: Traced) -> bool:
    """Presses a button of a module; Odoo refuses while a scheduled action runs."""
    answer = session.post(
        f"{session.address}/web/dataset/call_kw/ir.module.module/{button}",
        json={"params": {"model": "ir.module.module", "method": button, "args": [[module]], "kwargs": {}}},
        headers=traced.headers,
        timeout=300,
    )
    return "error" not in answer.json()


@pytest.fixture
def pressed(session, wait_for):
    """``pressed(button)`` presses a button of the module, and returns the trace of that."""
    [module] = session.call("ir.module.module", "search", [["name", "=", MODULE]])

    def press(button: str) -> Traced:
        traced = Traced()
        wait_for(button, lambda: change_module(session, module, button, traced), 180, 2)
        return traced

    return press


@pytest.fixture
def update_of(whole, pressed, counted, wait_for):
    """``update_of(button, operation)``: presses it; its spans and metrics arrive, and other processes follow."""
    loads = 'odoo_registry_load_duration_seconds_count{odoo_registry_load_kind="load"}'
    metric = "odoo_module_load_duration_seconds_count"

    def check(button: str, operation: str) -> None:
        since, name = time.time(), f"module {operation}"
        traced = pressed(button)
        spans = wait_for(
            "the spans of the module",
            lambda: named(whole.tempo_trace(traced.id), "registry update", name),
            ARRIVED,
        )
        wait_for("other processes load the registry", lambda: grown(whole, loads, since) > 0, ARRIVED)
        assert MODULE in {span["attributes"]["odoo.module.name"] for span in spans[name]}
        of_module = f'{metric}{{odoo_module_name="{MODULE}", odoo_module_operation="{operation}"}}'
        wait_for("its data", lambda: grown(whole, of_module, since) > 0, ARRIVED)

    return check


def test_a_module_is_installed_and_upgraded(update_of, pressed, counted):
    try:
        update_of("button_immediate_install", "init")
        update_of("button_immediate_upgrade", "update")
    finally:
        pressed("button_immediate_uninstall")

    counted(
        "the updates of the registry",
        'odoo_registry_load_duration_seconds_count{odoo_registry_load_kind="update"}',
    )
    counted("that others were told", 'odoo_registry_invalidations_total{odoo_cache_name="registry"}')


def named(spans: list[dict], *names: str) -> dict[str, list[dict]]:
    """Spans by these names; nothing before there is one of each."""
    found = {name: [span for span in spans if span["name"] == name] for name in names}
    return found if all(found.values()) else {}


def test_a_shell(whole, wait_for):
    statements = 'db_client_operation_duration_seconds_count{instance=~".*/shell-.*"}'

    whole.shell("env['res.partner'].search_count([])\n")

    wait_for("the statements of the shell", lambda: whole.query(f"sum({statements}) > 0"), ARRIVED)


def test_what_is_around_odoo_is_measured_too(whole, wait_for):
    """PostgreSQL by its exporter, the host by the collector, HTTP by probes."""
    for series in ("pg_stat_database_xact_commit", "system_cpu_time_seconds_total", "probe_http_status_code"):
        wait_for(f"{series} in Prometheus", lambda series=series: whole.query(f"sum({series}) > 0"), ARRIVED)
    assert requests.get(whole.urls["odoo"], timeout=30).ok
