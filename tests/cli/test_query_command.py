"""odooops query: from the command line to the output and the exit code, against answers of real servers."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from http_servers import ANSWERS, recorded, serving

from odooops import endpoints, main as odooops

TRACE = "188f80484968d90b6a116c877d691cba"
SOURCE = Path(__file__).parents[2] / "setup" / "odooops" / "src"
# The command without the supervisor that it wants to see.
PROGRAM = """
import sys
from odooops import endpoints, main
endpoints.require_running = lambda directory: None
sys.exit(main.main(sys.argv[1:]))
"""


@pytest.fixture
def stack(state, monkeypatch):
    """``stack(behave)``: a state whose servers are all one server that behaves so."""
    monkeypatch.setattr(endpoints, "require_running", lambda directory: None)
    state.save(environment="staging", other_environments=["production"])

    @contextlib.contextmanager
    def make(behave):
        with serving(behave) as server:
            listen = server.url.removeprefix("http://")
            parts = [{"name": name, "listen": listen} for name in ("prometheus", "loki", "tempo")]
            state.path("run", "components.json").write_text(json.dumps({"version": 1, "components": parts}))
            yield server

    return make


@pytest.fixture
def run(state, capsys):
    """``run("query", "logs", …)``: exit code, output, errors."""

    def call(*arguments):
        code = odooops.main([*arguments, "--state", str(state.directory)])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


def test_logs_are_the_newest_of_the_last_hour_of_the_whole_environment(stack, run):
    with stack(recorded("loki_lines")) as server:
        code, output, errors = run("query", "logs")

    (asked,) = server.asked
    assert code == 0
    assert errors == ""
    assert len([line for line in output.splitlines() if not line.startswith(" ")]) == 4
    assert asked["query"]["query"] == '{service_name=~".+"}'
    assert asked["query"]["direction"] == "backward"
    assert int(asked["query"]["end"]) - int(asked["query"]["start"]) == pytest.approx(3600e9, rel=1e-3)
    assert asked["headers"]["X-Scope-OrgID"] == "staging"


def test_another_environment_is_another_tenant(stack, run):
    with stack(recorded("loki_lines")) as server:
        run("query", "logs", "--environment", "production")

    assert server.asked[0]["headers"]["X-Scope-OrgID"] == "production"


@pytest.mark.parametrize("signal", ["logs", "traces"])
def test_an_environment_that_the_stack_does_not_have_is_refused_by_naming_those_it_has(stack, run, signal):
    with stack(recorded("loki_lines")) as server:
        code, _output, errors = run("query", signal, "--environment", "nope")

    assert code == 1
    assert "no environment nope: it has staging, production, unassigned;" in errors
    assert len(errors.splitlines()) == 1
    assert server.asked == []


def test_what_names_no_environment_is_another_tenant_too(stack, run):
    with stack(recorded("loki_lines")) as server:
        run("query", "logs", "--environment", "unassigned")

    assert server.asked[0]["headers"]["X-Scope-OrgID"] == "unassigned"


def test_a_period_and_a_limit_are_asked_for(stack, run):
    with stack(recorded("loki_lines")) as server:
        code, _output, errors = run(
            "query",
            "logs",
            '{a="b"}',
            "--since",
            "2026-11-25T01:00:00Z",
            "--until",
            "2026-11-25T02:00Z",
            "--limit",
            "4",
        )

    assert code == 0
    assert "the newest 4 lines; there may be more" in errors
    assert server.asked[0]["query"] == {
        "query": '{a="b"}',
        "start": "1795568400000000000",
        "end": "1795572000000000000",
        "limit": "4",
        "direction": "backward",
    }


@pytest.mark.parametrize(
    ("arguments", "answer", "fields"),
    [
        (("metrics", "up"), "prom_vector", {"labels", "samples"}),
        (("logs",), "loki_lines", {"time_ns", "labels", "text"}),
        (
            ("traces",),
            "tempo_search",
            {"trace_id", "service", "name", "start_ns", "duration_ns", "spans", "errors"},
        ),
        (
            ("traces", TRACE),
            "tempo_trace",
            {
                "span_id",
                "parent_id",
                "name",
                "service",
                "kind",
                "start_ns",
                "end_ns",
                "is_error",
                "attributes",
                "events",
            },
        ),
    ],
)
def test_json_is_one_list_and_ndjson_the_same_a_line_each(stack, run, arguments, answer, fields):
    with stack(recorded(answer)):
        _code, whole, _errors = run("query", *arguments, "--output", "json")
        _code, lines, _errors = run("query", *arguments, "--output", "ndjson")

    found = json.loads(whole)
    assert {frozenset(thing) for thing in found} == {frozenset(fields)}
    assert [json.loads(line) for line in lines.splitlines()] == found


@pytest.mark.parametrize(
    ("arguments", "answer", "hint"),
    [
        (("metrics", "x"), "prom_empty", "no series"),
        (("logs",), "loki_empty", "no lines"),
        (
            ("traces",),
            "tempo_empty",
            "no traces: only errors, slow requests and a sample of the rest are kept",
        ),
        (("traces", TRACE.upper()), "tempo_none", f"no trace {TRACE}"),
    ],
)
def test_nothing_found_is_no_error_and_gives_a_hint(stack, run, arguments, answer, hint):
    with stack(recorded(answer)):
        code, output, errors = run("query", *arguments)
        assert (code, output) == (0, "")
        assert hint in errors
        assert len(errors.splitlines()) == 1
        assert json.loads(run("query", *arguments, "--output", "json")[1]) == []


def test_a_query_that_counts_lines_is_shown_as_numbers(stack, run):
    with stack(recorded("loki_metric")):
        _code, output, _errors = run("query", "logs", 'sum by (severity_text) (count_over_time({a="b"}[5m]))')

    assert '2      {severity_text="ERROR"}' in output


@pytest.mark.parametrize(
    ("arguments", "answer", "said"),
    [
        (("metrics", "sum("), "prom_bad", "Prometheus refused (400): invalid parameter"),
        (("logs", "{"), "loki_bad", "Loki refused (400): parse error at line 1, col 21"),
        (("traces", "{"), "tempo_bad", "Tempo refused (400): invalid TraceQL query: parse error"),
        (("logs", "{", "--follow"), "loki_bad", "Loki refused (400): parse error at line 1, col 21"),
    ],
)
def test_a_query_that_the_server_cannot_parse_ends_in_its_one_line(stack, run, arguments, answer, said):
    with stack(recorded(answer)):
        code, output, errors = run("query", *arguments)

    assert (code, output) == (1, "")
    assert errors.startswith(f"odooops: {said}")
    assert len(errors.splitlines()) == 1


def test_metrics_are_of_now_unless_a_period_is_given(stack, run):
    with stack(recorded("prom_range")) as server:
        run("query", "metrics", "up")
        run("query", "metrics", "up", "--since", "1h")
        run("query", "metrics", "up", "--since", "1h", "--step", "10m")

    assert [asked["path"].rpartition("/")[2] for asked in server.asked] == [
        "query",
        "query_range",
        "query_range",
    ]
    assert [asked["query"].get("step") for asked in server.asked] == [None, "60.000", "600.000"]


def test_more_series_than_the_limit_are_cut_and_counted(stack, run):
    one = ANSWERS["prom_vector"]["body"]["data"]["result"][0]
    body = {"status": "success", "data": {"resultType": "vector", "result": [one] * 5}}
    with stack(lambda request, _asked: request.answer(200, body)):
        _code, output, errors = run("query", "metrics", "up", "--limit", "2")

    assert len(output.splitlines()) == 3
    assert "2 of 5 series" in errors


def test_a_server_that_is_down_is_named(stack, run):
    with stack(recorded("prom_vector")):
        pass  # gone again
    code, _output, errors = run("query", "logs")

    assert code == 1
    assert "Loki does not answer at http://127.0.0.1:" in errors


def test_a_stack_of_metrics_only_says_so(stack, run, state):
    with stack(recorded("prom_vector")):
        parts = [{"name": "prometheus", "listen": "127.0.0.1:1"}]
        state.path("run", "components.json").write_text(json.dumps({"version": 1, "components": parts}))
        code, _output, errors = run("query", "traces")

    assert code == 1
    assert "this stack has no Tempo" in errors


def test_nothing_up_has_its_own_exit_code(run):
    code, _output, errors = run("query", "logs")

    assert code == 3
    assert "setup/up" in errors


@pytest.mark.parametrize(
    "arguments",
    [
        ("metrics",),
        ("logs", "--since", "yesterday"),
        ("logs", "--limit", "0"),
        ("logs", "--limit", "5001"),
        ("traces", "--output", "xml"),
        ("metrics", "up", "--step", "-5s"),
        ("metrics", "up", "--environment", "x"),
        ("logs", "--environment", "../local"),
        ("traces", "--environment", ""),
        ("logs", "--fol"),
        ("logs", "--follow", "--until", "1m"),
        ("metrics", "up", "--follow", "--since", "1m"),
    ],
)
def test_a_wrong_command_line_is_told_in_one_line(arguments, capsys):
    with pytest.raises(SystemExit) as stop:
        odooops.main(["query", *arguments])

    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert (line[:9], line[-16:]) == ("odooops: ", "--help says more")


def test_a_period_that_ends_before_it_begins_is_refused(stack, run):
    with stack(recorded("loki_lines")):
        code, _output, errors = run("query", "logs", "--since", "1h", "--until", "2h")

    assert code == 1
    assert "--since must be before --until" in errors


@pytest.fixture
def start(state):
    """Starts the command as a process of its own: output and errors are pipes."""
    processes = []

    def start_(*arguments):
        command = [sys.executable, "-c", PROGRAM, *arguments, "--state", str(state.directory)]
        environment = os.environ | {"PYTHONPATH": str(SOURCE)}
        process = subprocess.Popen(
            command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        processes.append(process)
        return process

    yield start_
    for process in processes:
        process.kill()
        process.communicate()


def test_a_reader_that_has_seen_enough_ends_it_quietly(stack, start):
    values = [["1795567368611266848", f"line {number} {'x' * 2000}"] for number in range(1000)]
    body = {"data": {"resultType": "streams", "result": [{"stream": {}, "values": values}]}}
    with stack(lambda request, _asked: request.answer(200, body)):
        process = start("query", "logs", "--output", "ndjson")
        assert "line" in process.stdout.readline()
        process.stdout.close()

        assert process.wait(30) == 141
    assert process.stderr.read() == ""


def test_ctrl_c_ends_it_quietly(stack, start):
    with stack(recorded("loki_lines")):
        process = start("query", "logs", "--follow")
        for _ in range(4):
            process.stdout.readline()
        process.send_signal(signal.SIGINT)

        assert process.wait(30) == 130
    assert process.stderr.read() == ""


def test_metrics_are_followed_by_their_values_of_now(stack, start):
    with stack(recorded("prom_vector")) as server:
        process = start("query", "metrics", "up", "--follow", "--step", "10ms")
        line = process.stdout.readline()

    assert line.endswith('  1  up{instance="127.0.0.1:19090", job="prometheus"}\n')
    assert {asked["path"] for asked in server.asked} == {"/api/v1/query"}


def test_traces_are_followed_once_each_below_their_head(stack, start):
    with stack(recorded("tempo_search")):
        process = start("query", "traces", "--follow", "--since", "1h")
        head, *lines = [process.stdout.readline() for _ in range(3)]

    assert head.split() == ["START", "TRACE", "DURATION", "SPANS", "ERRORS", "ROOT"]
    assert TRACE in lines[-1]


def test_traces_are_followed_also_when_there_are_more_than_one_answer_holds(stack, start):
    def behave(request, asked):
        if len(request.server.asked) > 3:  # the whole period, then its halves
            request.answer(400, "enough")
            return
        first, last = int(asked["query"]["start"]), int(asked["query"]["end"])
        times = range(first, min(last, first + 1200))
        traces = [{"traceID": f"{at:x}", "startTimeUnixNano": f"{at}000000000"} for at in times]
        request.answer(200, {"traces": traces[-int(asked["query"]["limit"]) :]})

    with stack(behave):
        process = start("query", "traces", "--follow", "--since", "20m", "--output", "ndjson")
        found = {json.loads(process.stdout.readline())["trace_id"] for _ in range(1100)}

    assert len(found) == 1100


def test_what_is_followed_comes_at_once_a_line_of_json_each(stack, start):
    with stack(recorded("loki_lines")):
        process = start("query", "logs", "--follow", "--since", "1h", "--output", "json")
        lines = [json.loads(process.stdout.readline()) for _ in range(4)]

    assert [line["time_ns"] for line in lines] == sorted(line["time_ns"] for line in lines)
