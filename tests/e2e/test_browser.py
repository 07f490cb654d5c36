"""What browsers report: through nginx, to whichever worker, into Prometheus; on and off without a restart."""

import pytest

PAGE = {"id": "0af7651916cd43dd8448eb211c80319c", "path": "/odoo/odooops-state"}
TIMES = {"response_start": 80, "response_end": 95, "dom_interactive": 700, "duration": 1900}
LOADS = 'sum(odoo_browser_page_load_duration_seconds_count{http_route="/odoo/<path:subpath>"})'
CALLS = 'sum(odoo_browser_rpc_duration_seconds_count{rpc_method="res.partner.web_search_read"})'


@pytest.fixture
def session(stack):
    """Logged in, while browsers are asked to report."""
    session = stack.login()
    session.call("odooops.setting", "set_setting", "browser.enabled", True)
    yield session
    session.call("odooops.setting", "unset_setting", "browser.enabled")


def report(session, **headers):
    call = {"path": "/web/dataset/call_kw/res.partner/web_search_read", "at": 2000, "duration": 61}
    body = {"version": 1, "now": 5000, "page": PAGE, "load": {"type": "navigate", **TIMES}, "rpcs": [call]}
    own = {"Origin": session.address, **headers}
    return session.post(f"{session.address}/odooops/browser", json=body, headers=own, timeout=30).status_code


def test_a_page_is_told_to_report_and_what_it_reports_is_counted(stack, session, wait_for):
    wait_for(
        "the web client is told to report",
        lambda: session.rpc("/web/session/get_session_info").get("odooops_browser") == {"ratio": 0.1},
    )
    # A worker that has looked within the last second may not know yet.
    wait_for("20 reports are taken", lambda: all(report(session) == 204 for _time in range(20)))
    assert report(session, Origin="https://evil.example.com") == 403
    wait_for("page loads in Prometheus", lambda: stack.query(f"{LOADS} >= 20"))
    wait_for("calls in Prometheus", lambda: stack.query(f"{CALLS} >= 20"))


def test_switched_off_nothing_is_taken_any_more(session, wait_for):
    wait_for("a report is taken", lambda: report(session) == 204)
    session.call("odooops.setting", "set_setting", "browser.enabled", False)
    wait_for("10 reports are refused", lambda: {report(session) for _time in range(10)} == {410})
    assert "odooops_browser" not in session.rpc("/web/session/get_session_info")
