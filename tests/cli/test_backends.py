"""What Prometheus, Loki and Tempo really answered becomes values."""

import copy

import pytest
from http_servers import ANSWERS, recorded, serving

from odooops.backends import loki, prometheus, tempo
from odooops.backends.prometheus import Series
from odooops.web import Refused, Server, ServerError

TRACE = "188f80484968d90b6a116c877d691cba"


@pytest.fixture
def ask():
    """``ask(name, function, *arguments)``: the function's result when the server answers as recorded."""

    def call(name, function, *arguments):
        with serving(recorded(name)) as server:
            return function(Server("the server", server.url, "local"), *arguments)

    return call


def test_an_instant_query(ask):
    labels = {"__name__": "up", "instance": "127.0.0.1:19090", "job": "prometheus"}
    assert ask("prom_vector", prometheus.instant, "up", 0) == [Series(labels, [(1795567371.940, "1")])]


def test_values_that_are_no_numbers_of_json_stay_as_prometheus_writes_them(ask):
    assert ask("prom_scalar", prometheus.instant, "1/0", 0) == [Series({}, [(1795567371.947, "+Inf")])]


def test_a_range_query(ask):
    (series,) = ask("prom_range", prometheus.over, "rate(x[1m])", 0, 1, 60)
    assert [at for at, _value in series.samples] == [1795567251, 1795567311, 1795567371]


def test_no_series(ask):
    assert ask("prom_empty", prometheus.instant, "x", 0) == []


@pytest.mark.parametrize(
    ("name", "function", "arguments", "said"),
    [
        (
            "prom_bad",
            prometheus.instant,
            ("sum(", 0),
            r'invalid parameter "query": 1:5: parse error: unclosed',
        ),
        ("loki_bad", loki.newest, ("{", 0, 1, 10), "parse error at line 1, col 21: syntax error"),
        ("tempo_bad", tempo.search, ("{", 0, 1, 10), "invalid TraceQL query: parse error at line 1, col 3"),
    ],
)
def test_what_the_parser_of_the_server_says_is_told(ask, name, function, arguments, said):
    with pytest.raises(Refused, match=said):
        ask(name, function, *arguments)


def test_lines_come_in_the_order_of_their_time_with_all_labels(ask):
    lines = ask("loki_lines", loki.newest, "{}", 0, 1, 10)

    assert [line.time_ns for line in lines] == sorted(line.time_ns for line in lines)
    assert lines[-1].text == "boom \x1b[31mred\nsecond line"
    assert lines[-1].labels["trace_id"] == TRACE
    assert lines[-1].labels["service_name"] == "odoo"
    assert len({line.key for line in lines}) == 4


def test_a_query_that_counts_lines_gives_series(ask):
    found = ask("loki_metric", loki.newest, "sum(…)", 0, 1, 10)
    assert [series.labels["severity_text"] for series in found] == ["ERROR", "INFO"]
    assert {series.samples[0][1] for series in found} == {"2"}


def test_a_query_that_counts_lines_cannot_be_followed(ask):
    with pytest.raises(ServerError, match="leave out --follow"):
        list(ask("loki_metric", lambda *arguments: list(loki.all_since(*arguments)), "sum(…)", 0, 1))


def test_a_search_finds_traces_oldest_first(ask):
    found = ask("tempo_search", tempo.search, "{}", 0, 1, 10)

    assert [trace.start_ns for trace in found] == sorted(trace.start_ns for trace in found)
    assert found[-1] == tempo.Summary(
        TRACE, "odoo", "POST /web/dataset/call_kw/<model>/<method>", 1795567368551266848, 120_000_000, 4, 1
    )
    assert ask("tempo_empty", tempo.search, "{}", 0, 1, 10) == []


def test_a_trace_has_its_spans_with_their_ids_in_hex(ask):
    spans = ask("tempo_trace", tempo.trace, TRACE)

    assert [(span.span_id[-2:], span.parent_id[-2:]) for span in spans] == [
        ("a1", ""),
        ("a2", "a1"),
        ("a3", "a2"),
        ("a4", "a2"),
    ]
    root, rpc, statement, _other = spans
    assert (root.name, root.service, root.kind) == (
        "POST /web/dataset/call_kw/<model>/<method>",
        "odoo",
        "server",
    )
    assert root.attributes == {"http.request.method": "POST", "http.response.status_code": 200}
    assert (root.is_error, rpc.is_error) == (False, True)
    assert statement.end_ns - statement.start_ns == 900_000


@pytest.mark.parametrize("name", ["tempo_none", "tempo_none1"])
def test_a_trace_that_is_not_there_has_no_spans(ask, name):
    assert ask(name, tempo.trace, TRACE) == []


@pytest.mark.parametrize(
    "body", [{}, [], None, {"status": "success"}, {"data": {"resultType": "x", "result": [1]}}]
)
@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        (prometheus.instant, ("up", 0)),
        (loki.newest, ("{}", 0, 1, 10)),
        (tempo.search, ("{}", 0, 1, 10)),
        (tempo.trace, (TRACE,)),
    ],
)
def test_json_that_is_no_answer_is_refused(function, arguments, body):
    with serving(lambda request, _asked: request.answer(200, body)) as server, pytest.raises(ServerError):
        function(Server("the server", server.url), *arguments)


ELSEWHERE = {"traceID": TRACE, "rootServiceName": tempo.ROOTLESS, "startTimeUnixNano": "5"}


def test_a_trace_whose_root_is_kept_elsewhere_is_named_by_its_topmost_span():
    def behave(request, asked):
        body = copy.deepcopy(ANSWERS["tempo_trace"]["body"])
        [resource] = body["trace"]["resourceSpans"]
        del resource["scopeSpans"][0]["spans"][0]  # the root
        is_search = asked["path"] == "/api/search"
        request.answer(200, {"traces": [ELSEWHERE]} if is_search else body)

    with serving(behave) as server:
        tempo_ = Server("Tempo", server.url)
        [found] = tempo.search(tempo_, "{}", 0, 1, 10)
        named = tempo.with_root(tempo_, found)

    assert (named.service, named.name) == ("odoo", "res.partner.search_read")
    assert (named.trace_id, named.start_ns) == (TRACE, 5)


def test_a_trace_that_cannot_be_looked_into_is_listed_all_the_same():
    with serving(lambda request, _asked: request.answer(400, "too large")) as server:
        found = tempo.Summary(TRACE, tempo.ROOTLESS, "", 5, 1, 1, 0)
        assert tempo.with_root(Server("Tempo", server.url), found) == found


def test_a_trace_whose_root_is_known_is_not_looked_into():
    with serving(recorded("tempo_search")) as server:
        tempo_ = Server("Tempo", server.url)
        for found in tempo.search(tempo_, "{}", 0, 1, 10):
            tempo.with_root(tempo_, found)

    assert len(server.asked) == 1


def test_what_happened_within_a_span_comes_with_it():
    body = copy.deepcopy(ANSWERS["tempo_trace"]["body"])
    attribute = {"key": "exception.type", "value": {"stringValue": "KeyError"}}
    event = {"timeUnixNano": "7", "name": "exception", "attributes": [attribute]}
    body["trace"]["resourceSpans"][0]["scopeSpans"][0]["spans"][1]["events"] = [event]
    with serving(lambda request, _asked: request.answer(200, body)) as server:
        spans = tempo.trace(Server("Tempo", server.url), TRACE)

    assert [span.events for span in spans[:2]] == [
        [],
        [tempo.Event(7, "exception", {"exception.type": "KeyError"})],
    ]


class Pages:
    """A Loki with lines of the given times, which gives at most ``limit`` of them for each question."""

    def __init__(self, *times):
        self.lines = [[str(at), f"line {number} at {at}"] for number, at in enumerate(times)]

    def __call__(self, request, asked):
        query = asked["query"]
        first, last, limit = int(query["start"]), int(query["end"]), int(query["limit"])
        found = [line for line in self.lines if first <= int(line[0]) < last][:limit]
        result = [{"stream": {"service_name": "x"}, "values": found}]
        request.answer(200, {"data": {"resultType": "streams", "result": result}})


def test_pages_are_put_together_without_a_loss_or_a_double(monkeypatch):
    monkeypatch.setattr(loki, "PAGE", 3)
    with serving(Pages(1, 2, 2, 2, 3, 4, 5, 6, 6)) as server:
        lines = list(loki.all_since(Server("Loki", server.url), "{}", 0, 100))

    assert [line.time_ns for line in lines] == [1, 2, 2, 2, 3, 4, 5, 6, 6]
    assert len({line.text for line in lines}) == 9


def test_a_moment_with_more_lines_than_a_page_does_not_hold_it_up(monkeypatch):
    monkeypatch.setattr(loki, "PAGE", 3)
    with serving(Pages(1, 2, 2, 2, 2, 2, 2, 3)) as server:
        lines = list(loki.all_since(Server("Loki", server.url), "{}", 0, 100))

    assert [line.time_ns for line in lines] == [1, 2, 2, 2, 3]


class Traces:
    """A Tempo with traces that began at the given seconds, which gives at most ``limit`` of them, the newest."""

    def __init__(self, *seconds):
        self.seconds = seconds

    def __call__(self, request, asked):
        query = asked["query"]
        first, last, limit = int(query["start"]), int(query["end"]), int(query["limit"])
        found = [
            {"traceID": f"{number:x}", "startTimeUnixNano": f"{at}000000000"}
            for number, at in enumerate(self.seconds)
            if first <= at < last
        ]
        request.answer(200, {"traces": found[-limit:]})


def test_a_period_with_more_traces_than_an_answer_holds_is_asked_for_in_parts(monkeypatch):
    monkeypatch.setattr(tempo, "PAGE", 3)
    times = [100, 101, 101, 130, 170, 171, 172, 399, 400]
    with serving(Traces(*times)) as server:
        found = list(tempo.search_all(Server("Tempo", server.url), "{}", 100.5, 400.2))

    assert [trace.start_ns // 10**9 for trace in found] == times
    assert len({trace.trace_id for trace in found}) == len(times)


def test_a_second_with_more_traces_than_an_answer_holds_ends_the_parts(monkeypatch):
    monkeypatch.setattr(tempo, "PAGE", 3)
    with serving(Traces(*[100] * 5, 101)) as server:
        found = list(tempo.search_all(Server("Tempo", server.url), "{}", 99, 102))

    assert [trace.start_ns // 10**9 for trace in found] == [100, 100, 100, 101]
