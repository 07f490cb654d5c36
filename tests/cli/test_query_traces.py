"""odooops query traces: what Tempo is asked for, and what is not asked."""

import contextlib
import json

import pytest
from http_servers import recorded, serving

from odooops import endpoints, main as odooops

NEWEST = "with (most_recent=true)"


@pytest.fixture
def stack(state, monkeypatch):
    """``stack()``: a state whose Tempo gives the answer of a search."""
    monkeypatch.setattr(endpoints, "require_running", lambda directory: None)

    @contextlib.contextmanager
    def make():
        with serving(recorded("tempo_search")) as server:
            parts = [{"name": "tempo", "listen": server.url.removeprefix("http://")}]
            state.path("run", "components.json").write_text(json.dumps({"version": 1, "components": parts}))
            yield server

    return make


@pytest.fixture
def run(state, capsys):
    """``run("{ }", …)``: exit code, output, errors."""

    def call(*arguments):
        code = odooops.main(["query", "traces", *arguments, "--state", str(state.directory)])
        return code, *capsys.readouterr()

    return call


@pytest.mark.parametrize(
    ("traceql", "asked"),
    [
        ((), f"{{}}\n{NEWEST}"),
        (("{ status = error }",), f"{{ status = error }}\n{NEWEST}"),
        (('{ name = "with (x)" }',), f'{{ name = "with (x)" }}\n{NEWEST}'),
        (("{ } // with (x)",), f"{{ }} // with (x)\n{NEWEST}"),
        (("{ } with (most_recent=false)",), "{ } with (most_recent=false)"),
        (("{ } with(sample=0.1)",), "{ } with(sample=0.1)"),
    ],
)
def test_the_newest_traces_are_asked_for_unless_the_query_has_hints_of_its_own(stack, run, traceql, asked):
    with stack() as server:
        assert run(*traceql)[0] == 0

    assert server.asked[0]["query"]["q"] == asked


def test_more_traces_than_the_limit_are_said_to_be_the_newest(stack, run):
    with stack():
        assert "the newest 2 traces; there may be more" in run("--limit", "2")[2]


@pytest.mark.parametrize("query", ["123", "status = error", '"{"', "188f80484968d90b6a116c877d691cb"])
def test_what_is_neither_an_id_nor_traceql_is_refused_by_saying_what_these_are(stack, run, query):
    with stack() as server:
        code, _output, errors = run(query)

    assert code == 1
    assert "a trace id, which has 32 hexadecimal digits" in errors
    assert "TraceQL, which stands in braces, such as '{ status = error }'" in errors
    assert server.asked == []


@pytest.mark.parametrize("follow", [(), ("--follow",)])
@pytest.mark.parametrize(
    ("traceql", "function"),
    [
        ("{ } | rate()", "rate"),
        ('{ name = "x" } |rate() by (name)', "rate"),
        ("{ } | quantile_over_time(duration, .9)", "quantile_over_time"),
        ("{ } | count_over_time() by (resource.service.name)", "count_over_time"),
    ],
)
def test_a_query_that_makes_numbers_of_traces_is_refused(stack, run, traceql, function, follow):
    with stack() as server:
        code, _output, errors = run(traceql, *follow)

    assert code == 1
    assert f"TraceQL metrics are not supported ({function}):" in errors
    assert server.asked == []


@pytest.mark.parametrize(
    "traceql",
    ["{ } | count() > 3", '{ name = "a | rate()" }', "{ } | avg(duration) > 1s", "{ name = `| rate()` }"],
)
def test_a_query_that_counts_spans_of_a_trace_is_none_that_makes_numbers(stack, run, traceql):
    with stack():
        assert run(traceql)[0] == 0
