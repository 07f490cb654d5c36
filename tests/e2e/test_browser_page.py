"""A page of a real browser: its load, its calls, its error and its vitals are where the server's side of it is."""

import base64
import os

import chromium
import pytest

RULE = "odooops.sampling.rule"
PAGE = "/odoo/action-base.action_res_users"
SHOWN = {"odoo.action": "base.action_res_users", "odoo.view.type": "list"}
METHOD = "res.users.web_search_read"
IS_SHOWN = "!!document.querySelector('.o_list_view .o_data_row')"
IS_WATCHED = "odoo.loader.modules.has('@odooops_otel/browser/watch/main')"
THROW = "setTimeout(() => { throw new RangeError('of the end-to-end test'); }), 0"
ARRIVED = 60


@pytest.fixture
def session(whole, wait_for):
    """Logged in, while every page is asked to report and the server keeps what it is asked for here."""
    session = whole.login()
    rules = session.call(
        RULE,
        "create",
        [
            {"name": f"Pages {os.urandom(4).hex()}", "sequence": 0, "kind": "route", "pattern": "/odoo*"},
            {"name": f"Users {os.urandom(4).hex()}", "sequence": 0, "kind": "method", "pattern": METHOD},
        ],
    )
    settings = {"browser.enabled": True, "browser.sampling_ratio": 1.0}
    for name, value in settings.items():
        session.call("odooops.setting", "set_setting", name, value)

    def are_asked() -> bool:
        told = [session.rpc("/web/session/get_session_info").get("odooops_browser") for _time in range(10)]
        return all(each == {"ratio": 1} for each in told)

    wait_for("both workers ask pages to report", are_asked)
    yield session
    for name in settings:
        session.call("odooops.setting", "unset_setting", name)
    session.call(RULE, "unlink", rules)


@pytest.fixture
def agent(session, wait_for, tmp_path) -> str:
    """What a browser called itself that has shown a list of users, had an error there, and left."""
    name = f"Chromium of the test {os.urandom(4).hex()}"
    with chromium.opened(tmp_path, name) as page:
        page.command(
            "Network.setCookie", name="session_id", value=session.cookies["session_id"], url=session.address
        )
        page.command("Page.navigate", url=f"{session.address}{PAGE}")
        wait_for("the page shows a list", lambda: page.evaluate(IS_SHOWN), 120)
        wait_for("the page is watched", lambda: page.evaluate(IS_WATCHED))
        page.evaluate(THROW)
        # As when a person goes elsewhere: the last report leaves with the page.
        page.command("Page.navigate", url="about:blank")
        wait_for("the page is left", lambda: page.evaluate("location.href") == "about:blank")
        yield name


@pytest.fixture
def search(whole, wait_for):
    """``search(what, conditions)``: the first trace that TraceQL finds, all of its spans."""

    def found(what: str, conditions: str) -> list[dict]:
        [trace, *_] = wait_for(
            f"{what} in Tempo", lambda: whole.tempo_search(f"{{ {conditions} }}", limit=5), ARRIVED
        )
        return whole.tempo_trace(trace["traceID"].zfill(32))

    return found


def below(spans: list[dict], child: dict) -> dict:
    """The span that another is a child of."""
    return next(span for span in spans if span["spanId"] == child["parentSpanId"])


def test_a_page_of_a_real_browser_is_in_the_traces_of_the_server(whole, agent, search, wait_for):
    spans = search("the page load", f'name =~ "page load .*" && span.user_agent.original = "{agent}"')
    [load] = [span for span in spans if span["name"].startswith("page load ")]
    server = below(spans, load)
    assert server["name"] == f"GET {load['attributes']['http.route']}"
    assert server["kind"] == "SPAN_KIND_SERVER"
    assert load["attributes"]["odoo.browser.navigation.type"] == "navigate"
    assert load["attributes"]["odoo.browser.dom_interactive"] > 0
    assert load["attributes"].items() >= SHOWN.items()

    page_id = load["attributes"]["odoo.browser.page.id"]
    of_page = f'span.odoo.browser.page.id = "{page_id}"'
    spans = search("a call", f'{of_page} && kind = client && name = "{METHOD}"')
    [call, *_] = [span for span in spans if span["kind"] == "SPAN_KIND_CLIENT" and span["name"] == METHOD]
    assert below(spans, call)["kind"] == "SPAN_KIND_SERVER"
    assert below(spans, call)["attributes"]["rpc.method"] == METHOD
    assert call["attributes"].items() >= SHOWN.items()
    assert {link["spanId"] for link in call["links"]} == {load["spanId"]}

    spans = search("the vitals", f'{of_page} && name = "web vitals"')
    [vitals] = [span for span in spans if span["name"] == "web vitals"]
    assert below(spans, vitals)["spanId"] == load["spanId"]

    trace_id = base64.b64decode(load["traceId"]).hex()
    [line] = wait_for(
        "the error in Loki",
        lambda: whole.loki(f'{{service_name="odoo"}} |= "RangeError" | odoo_browser_page_id="{page_id}"'),
        ARRIVED,
    )
    assert line["labels"]["trace_id"] == trace_id
    for series in (
        f'odoo_browser_page_load_duration_seconds_count{{http_route="{load["attributes"]["http.route"]}"}}',
        f'odoo_browser_rpc_duration_seconds_count{{rpc_method="{METHOD}"}}',
        'odoo_browser_web_vital_duration_seconds_count{browser_web_vital_name="ttfb"}',
        'odoo_browser_web_vital_duration_seconds_count{browser_web_vital_name="fcp"}',
        'odoo_browser_errors_total{error_type="RangeError"}',
        'odoo_browser_reports_total{odoo_browser_report_outcome="taken"}',
    ):
        wait_for(f"{series} in Prometheus", lambda series=series: whole.query(f"sum({series}) > 0"), ARRIVED)

    found = whole.exemplars("odoo_browser_page_load_duration_seconds_bucket")
    assert trace_id in {each["labels"]["trace_id"] for each in found}
