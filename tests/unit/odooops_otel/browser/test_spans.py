"""Spans of a report: read back by the official classes."""

import itertools

from browser_reports import TRACE, WHOLE, changed, parse
from odooops_otel.tools import otlp, semconv
from odooops_otel.tools.browser import spans
from odooops_otel.tools.redact import DEFAULT, Policy
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans

RECEIVED = 1_800_000_000_000_000_000
PAGE_ID = WHOLE["page"]["id"]
SERVER_TRACE, SERVER_SPAN = TRACE[3:35], TRACE[36:52]


def name(path, method):
    if path.endswith("/read"):
        return spans.Name("/web/dataset/call_kw/<path:path>", "res.partner.read")
    return spans.Name("/web/action/load" if method == "POST" else "/odoo/<path:subpath>")


def encoded(data, agent="Mozilla/5.0", policy=DEFAULT):
    ids = (number.to_bytes(8, "big") for number in itertools.count(1))
    reporter = spans.Reporter("shop", 7, agent)
    encoder = spans.Encoder(parse(data), reporter, RECEIVED, name, lambda: next(ids), policy)
    return list(ScopeSpans.FromString(b"".join(encoder.encode())).spans)


def attributes(span):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in span.attributes}


def test_a_load_is_a_child_of_the_server_s_span_that_answered_it():
    load = encoded(WHOLE)[0]

    assert load.name == "page load /odoo/<path:subpath>"
    assert (load.trace_id.hex(), load.parent_span_id.hex()) == (SERVER_TRACE, SERVER_SPAN)
    assert load.span_id.hex() == PAGE_ID[:16]
    assert load.start_time_unix_nano == RECEIVED - 5_000_000_000
    assert load.end_time_unix_nano - load.start_time_unix_nano == 1_900_000_000
    assert load.flags == 1 | otlp.FLAGS_HAS_IS_REMOTE | otlp.FLAGS_IS_REMOTE
    assert attributes(load) == {
        "http.route": "/odoo/<path:subpath>",
        "odoo.browser.navigation.type": "navigate",
        "odoo.browser.response_start": 0.08,
        "odoo.browser.response_end": 0.0955,
        "odoo.browser.dom_interactive": 0.7,
        "user_agent.original": "Mozilla/5.0",
        "odoo.action": "contacts.action_contacts",
        "odoo.view.type": "kanban",
        "odoo.browser.page.id": PAGE_ID,
        "db.namespace": "shop",
        "user.id": "7",
    }


def test_what_a_browser_says_is_redacted():
    agent = attributes(encoded(WHOLE, "bob@example.com password=hunter2")[0])["user_agent.original"]
    assert agent == "REDACTED password=REDACTED"
    cut = encoded(WHOLE, "x" * (spans.MAX_VALUE - 8) + " bob@example.com")[0]
    assert "bob" not in attributes(cut)["user_agent.original"]


def test_what_a_browser_says_is_held_to_what_a_site_says():
    names = ("browser.web_vital.rating", "odoo.view.type", "user_agent.original")
    found = encoded(WHOLE, policy=Policy(names, (r"contacts\.\w{1,20}", "page load")))

    load = attributes(found[0])
    assert (load["odoo.action"], load["odoo.view.type"], load["user_agent.original"]) == ("REDACTED",) * 3
    assert found[0].name == "REDACTED /odoo/<path:subpath>"
    ratings = {attributes(event)["browser.web_vital.rating"] for event in found[-1].events}
    assert ratings == {"REDACTED"}


def test_a_page_that_the_server_does_not_keep_begins_a_trace_of_its_own():
    load = encoded(changed("page.trace", ...))[0]

    assert (load.trace_id.hex(), load.parent_span_id) == (PAGE_ID, b"")
    assert load.flags == 1 | otlp.FLAGS_HAS_IS_REMOTE


def test_a_call_that_the_server_keeps_is_a_child_of_its_span_and_linked_to_the_page():
    data = changed("page.trace", ...)
    calls = [span for span in encoded(data) if span.kind == otlp.KIND_CLIENT]

    assert [call.name for call in calls] == ["res.partner.read"]
    [call] = calls
    assert (call.trace_id.hex(), call.parent_span_id.hex()) == (SERVER_TRACE, SERVER_SPAN)
    assert call.start_time_unix_nano == RECEIVED - 4_000_000_000
    assert call.end_time_unix_nano - call.start_time_unix_nano == 61_000_000
    assert [(link.trace_id.hex(), link.span_id.hex()) for link in call.links] == [(PAGE_ID, PAGE_ID[:16])]
    assert attributes(call)["rpc.system.name"] == "jsonrpc"
    assert attributes(call)["odoo.view.type"] == "list"
    assert "odoo.action" not in attributes(call)
    assert call.status.code == otlp.STATUS_UNSET


def test_a_call_that_failed_says_so():
    data = changed("rpcs.1.trace", TRACE)
    failed = encoded(data)[2]

    assert failed.name == "POST /web/action/load"
    assert attributes(failed)["error.type"] == "server"
    assert failed.status.code == otlp.STATUS_ERROR


def test_web_vitals_are_events_of_the_moment_when_the_page_began_so_that_its_trace_is_as_long_as_its_load():
    load, *_calls, vitals = encoded(WHOLE)

    assert (vitals.name, vitals.parent_span_id.hex()) == ("web vitals", PAGE_ID[:16])
    assert vitals.start_time_unix_nano == vitals.end_time_unix_nano == load.start_time_unix_nano
    assert {event.time_unix_nano for event in vitals.events} == {load.start_time_unix_nano}
    assert [event.name for event in vitals.events] == ["browser.web_vital"] * 2
    assert [attributes(event) for event in vitals.events] == [
        {
            "browser.web_vital.name": "lcp",
            "browser.web_vital.value": 1.25,
            "browser.web_vital.rating": "good",
        },
        {
            "browser.web_vital.name": "cls",
            "browser.web_vital.value": 0.05,
            "browser.web_vital.rating": "good",
        },
    ]


def test_every_name_is_declared():
    patterns = {span.pattern for span in semconv.SPAN_NAMES}
    assert {
        "page load {http.route}",
        "web vitals",
        "{rpc.method}",
        "{http.request.method} {http.route}",
    } <= patterns
    for span in encoded(WHOLE):
        assert attributes(span).keys() <= semconv.attribute_names("span")


def test_a_long_user_agent_is_cut():
    assert len(attributes(encoded(WHOLE, "x" * 9999)[0])["user_agent.original"]) == spans.MAX_VALUE


def test_a_report_without_anything_to_trace_has_no_spans():
    least = {"version": 1, "now": 0, "page": {"id": PAGE_ID, "path": "/"}}
    assert encoded(least) == []
    assert spans.page_trace_id(parse(least).page).hex() == PAGE_ID
