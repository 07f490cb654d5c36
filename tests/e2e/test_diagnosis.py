"""A page is slow: its trace says which line sends the same statement again and again, and who holds the lock."""

import json
import os
import secrets
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

# A line is taken each 20 ms: the loop takes longer.
COUNTRIES = 200
# Over sooner than that, nearly always
FEW = 8
ARRIVED = 60


@pytest.fixture
def server_action(whole):
    """``server_action(code)``: a function that runs it once, traced, and returns the trace's id."""
    session, made = whole.login(), []
    [model] = session.call("ir.model", "search", [["model", "=", "res.partner"]])

    def make(code: str):
        values = {"name": f"Test {secrets.token_hex(4)}", "model_id": model, "state": "code", "code": code}
        [action] = session.call("ir.actions.server", "create", [values])
        made.append(action)

        def run() -> str:
            trace_id, span_id = os.urandom(16).hex(), os.urandom(8).hex()
            params = {"model": "ir.actions.server", "method": "run", "args": [[action]], "kwargs": {}}
            answer = requests.post(
                f"{session.address}/web/dataset/call_kw",
                json={"params": params},
                headers={"traceparent": f"00-{trace_id}-{span_id}-01"},
                cookies=session.cookies,
                timeout=60,
            )
            assert "error" not in answer.json(), answer.text
            return trace_id

        run.action = action
        return run

    yield make
    session.call("ir.actions.server", "unlink", made)


@pytest.fixture
def spans_of(whole, wait_for):
    """``spans_of(trace_id, name)``: the request's span, once it is in Tempo, and all of its trace."""

    def find(trace_id: str, name: str = "ir.actions.server.run") -> tuple[dict, list[dict]]:
        def found() -> dict | None:
            return next((each for each in whole.tempo_trace(trace_id) if each["name"] == name), None)

        own = wait_for(f"{name} in Tempo", found, ARRIVED)
        return own, whole.tempo_trace(trace_id)

    return find


def test_a_statement_in_a_loop_is_found_with_its_line(whole, server_action, spans_of, wait_for):
    run = server_action(
        f"for country in env['res.country'].search([], limit={COUNTRIES}):\n"
        "    env['res.country.state'].search([('country_id', '=', country.id)], limit=1).mapped('name')"
    )
    trace_id = run()

    own, _all = spans_of(trace_id)

    told = own["attributes"]
    assert told["odoo.sql.repeated.count"] == COUNTRIES
    assert told["odoo.sql.repeated.summary"] == "SELECT res_country_state"
    assert told["odoo.sql.repeated.place"] == f"ir.actions.server({run.action},):2"
    shares = dict(zip(told["odoo.sql.table.names"], told["odoo.sql.table.times"], strict=True))
    assert 0 < shares["res_country_state"] < told["odoo.sql.time"]
    assert "base" in told["odoo.sql.module.names"]
    wait_for(
        "TraceQL finds it",
        lambda: (
            trace_id
            in {
                each["traceID"].zfill(32)
                for each in whole.tempo_search(f"{{ span.odoo.sql.repeated.count >= {COUNTRIES} }}")
            }
        ),
        ARRIVED,
    )
    shown = whole.run("cli", "query", "traces", trace_id).stdout
    assert f"repeats SELECT res_country_state {COUNTRIES} times, " in shown
    assert f"ir.actions.server({run.action},):2" in shown
    table = 'odoo_sql_table_statements_total{db_collection_name="res_country_state",odoo_module_name="base"}'
    assert wait_for("the table in Prometheus", lambda: whole.query(f"sum({table})"))


def test_a_loop_that_is_over_quickly_has_its_line_from_the_next_request_on(server_action, spans_of, wait_for):
    run = server_action(
        f"for country in env['res.country'].search([], limit={FEW}):\n"
        "    env['res.country.state'].search([('country_id', '=', country.id)], limit=1)"
    )

    def has_line() -> bool:
        """Whether the next one tells it. The worker that serves it may not have seen any yet."""
        told = spans_of(run())[0]["attributes"]
        assert told["odoo.sql.repeated.count"] == FEW
        return told.get("odoo.sql.repeated.place") == f"ir.actions.server({run.action},):2"

    # By chance a look may meet one, but not one after the other.
    wait_for("the line in each", lambda: all(has_line() for _ in range(5)), 3 * ARRIVED)


def test_a_request_that_waits_for_a_lock_says_who_has_it(whole, server_action, spans_of, wait_for):
    session = whole.login()
    [partner] = session.call("res.partner", "create", [{"name": "Contended"}])
    update = f"env.cr.execute('UPDATE res_partner SET comment = %s WHERE id = %s', ['x', {partner}])\n"
    holds = server_action(update + "env.cr.execute('SELECT pg_sleep(5)')")
    # Its snapshot is older than what it waits for: the statement fails in the end, and Odoo runs the request again.
    waits = server_action("env.cr.execute('SELECT pg_sleep(1)')\n" + update)
    # A leader is found within seconds of the start of the stack.
    wait_for("a leader", lambda: whole.query("sum(odooops_telemetry_leader) > 0"), 90)

    with ThreadPoolExecutor(2) as pool:
        holder, waiter = (run.result() for run in [pool.submit(holds), pool.submit(waits)])

    own, all_spans = spans_of(waiter)
    holding, all_of_holder = spans_of(holder)
    [event] = [
        event
        for span in all_spans
        for event in span.get("events", [])
        if event["name"] == "odoo.sql.lock_wait"
    ]
    assert own["attributes"]["odoo.sql.lock_wait.time"] > 1
    assert str(holding["attributes"]["odooops.postgresql.backend.pid"]) in json.dumps(event)
    [slow] = [
        span["attributes"]
        for span in all_of_holder
        if "pg_sleep" in span["attributes"].get("db.query.text", "")
    ]
    assert slow["odoo.sql.slow"]
    assert int(slow["odooops.postgresql.query.id"])
    shown = whole.run("cli", "query", "traces", waiter).stdout
    assert "waits   UPDATE res_partner waited " in shown
    assert wait_for(
        "the wait in Prometheus", lambda: whole.query("sum(odoo_sql_lock_wait_duration_seconds_count) > 0")
    )
