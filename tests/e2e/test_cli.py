"""The command line client against the whole stack: it finds what was sent, and names what is broken."""

import json
import os
import subprocess
import time

import pytest
import requests

LINKS = {
    "nginx → Odoo",
    "recorder",
    "losses",
    "telemetry",
    "request → Prometheus",
    "request → Tempo",
    "request → Loki",
    "exemplar",
    "OTLP → Prometheus",
    "OTLP → Tempo",
    "OTLP → Loki",
    "targets",
    "rules",
    "Prometheus → Alertmanager",
    "PostgreSQL → Prometheus",
    "redaction",
    "state",
    "disk",
    "clock",
}
PATIENCE = 180


def examined(stack, *arguments: str) -> tuple[int, dict[str, list[dict]]]:
    """The exit code of the doctor, and its findings by the name of the check."""
    result = stack.run("cli", "doctor", "--output", "json", *arguments)
    findings: dict[str, list[dict]] = {}
    for finding in json.loads(result.stdout):
        findings.setdefault(finding["check"], []).append(finding)
    return result.returncode, findings


def problems(stack, *arguments: str) -> dict[str, dict]:
    """What is broken, by the name of the check."""
    code, findings = examined(stack, *arguments)
    found = _problems(findings)
    assert code == (1 if found else 0)
    return found


def _problems(findings: dict[str, list[dict]]) -> dict[str, dict]:
    return {
        name: finding for name, all_ in findings.items() for finding in all_ if finding["status"] == "problem"
    }


def found_well(stack, wait_for) -> dict[str, list[dict]]:
    """What a doctor finds who finds nothing wrong, by the name of the check."""

    def look() -> dict[str, list[dict]]:
        code, findings = examined(stack, "--timeout", "30s")
        if ill := _problems(findings):
            raise ValueError({name: finding["detail"] for name, finding in ill.items()})
        assert code == 0
        return findings

    return wait_for("a doctor that finds nothing", look, PATIENCE)


def control(stack, verb: str, name: str) -> None:
    """Stops or starts one process of the stack."""
    program = stack.directory / "venv" / "bin" / "supervisorctl"
    command = [program, "-c", stack.directory / "run" / "supervisord.conf", verb, name]
    subprocess.run(command, check=True, capture_output=True, timeout=60)


@pytest.fixture(scope="module")
def examination(whole, wait_for) -> dict[str, list[dict]]:
    """What a doctor finds in the whole stack when nothing is wrong."""
    return found_well(whole, wait_for)


def test_the_doctor_finds_every_link_of_a_whole_stack_well(whole, examination):
    findings = examination

    assert set(findings) >= LINKS | {f"process {name}" for name in whole.processes()}
    assert {finding["status"] for all_ in findings.values() for finding in all_} <= {"ok", "warning"}


def test_the_doctor_of_a_core_stack_looks_at_metrics_alone(stack, wait_for):
    findings = found_well(stack, wait_for)

    assert findings["request → Prometheus"][0]["status"] == "ok"
    assert findings["OTLP → Prometheus"][0]["status"] == "ok"
    assert findings["traces and logs"][0]["status"] == "skipped"
    assert "OTLP → Tempo" not in findings


@pytest.mark.slow
@pytest.mark.parametrize(
    ("names", "links", "unharmed"),
    [
        (
            ("tempo", "alertmanager", "postgres_exporter"),
            {"OTLP → Tempo", "request → Tempo", "Prometheus → Alertmanager", "PostgreSQL → Prometheus"},
            {"OTLP → Loki", "OTLP → Prometheus", "request → Prometheus"},
        ),
        (("loki",), {"OTLP → Loki", "request → Loki"}, {"OTLP → Tempo", "OTLP → Prometheus"}),
        (
            ("otelcol",),
            {"OTLP → Loki", "OTLP → Tempo", "OTLP → Prometheus", "collector"},
            {"nginx → Odoo", "rules", "clock"},
        ),
        (("prometheus",), {"OTLP → Prometheus", "request → Prometheus", "clock"}, {"OTLP → Loki"}),
    ],
    ids=lambda value: value[0] if isinstance(value, tuple) else "",
)
def test_the_doctor_names_what_is_broken_and_its_remedy_which_helps(whole, names, links, unharmed):
    for name in names:
        control(whole, "stop", name)
    try:
        found = problems(whole, "--timeout", "15s")
    finally:
        whole.up()

    assert set(found) >= links | {f"process {name}" for name in names}
    assert not set(found) & unharmed
    assert all(finding["remedy"] for finding in found.values())
    for name in names:
        log = whole.directory / "log" / f"{name}.log"
        assert str(log) in found[f"process {name}"]["remedy"]
        assert "setup/up" in found[f"process {name}"]["remedy"]
        assert log.exists()
    assert whole.is_healthy()


@pytest.mark.slow
def test_nothing_is_left_of_what_was_broken(whole, wait_for):
    found_well(whole, wait_for)


def test_the_doctor_of_nothing_has_its_own_exit_code(second):
    second.down()

    result = second.run("cli", "doctor")

    assert result.returncode == 3
    assert "setup/up" in result.stderr


class Request:
    """One request through nginx that asks to be kept under a trace id of its own."""

    def __init__(self, stack, path: str = "/web/login"):
        self.trace_id = os.urandom(16).hex()
        self.since = time.time()
        headers = {"traceparent": f"00-{self.trace_id}-{os.urandom(8).hex()}-01"}
        requests.get(f"{stack.urls['odoo']}{path}", headers=headers, timeout=30).raise_for_status()


def found(stack, *arguments: str) -> list[dict]:
    """What a query found."""
    result = stack.run("cli", "query", *arguments, "--output", "json")
    assert result.returncode == 0, result.stderr
    return json.loads(result.stdout)


def test_a_request_is_found_as_trace_log_line_and_metric(whole, wait_for):
    sent = Request(whole)

    spans = wait_for("its trace", lambda: found(whole, "traces", sent.trace_id))
    lines = wait_for(
        "its log line", lambda: found(whole, "logs", f'{{service_name=~".+"}} | trace_id="{sent.trace_id}"')
    )
    counted = wait_for(
        "its duration",
        lambda: found(
            whole, "metrics", 'http_server_request_duration_seconds_count{http_route="/web/login"} > 0'
        ),
    )

    assert spans[0]["name"] == "GET /web/login"
    assert {line["labels"]["trace_id"] for line in lines} == {sent.trace_id}
    assert counted[0]["labels"]["deployment_environment_name"] == "local"
    tree = whole.run("cli", "query", "traces", sent.trace_id)
    assert f"trace {sent.trace_id}" in tree.stdout
    assert "GET /web/login" in tree.stdout
    assert found(whole, "traces", sent.trace_id, "--environment", "unassigned") == []


def test_a_trace_whose_root_the_caller_keeps_is_listed_by_its_topmost_span(whole, wait_for):
    sent = Request(whole)
    listed = wait_for(
        "it in the list",
        lambda: [
            trace
            for trace in found(whole, "traces", '{ name = "GET /web/login" }', "--limit", "100")
            if trace["trace_id"] == sent.trace_id
        ],
    )

    assert (listed[0]["service"], listed[0]["name"]) == ("odoo", "GET /web/login")
    assert "not yet received" not in whole.run("cli", "query", "traces", '{ name = "GET /web/login" }').stdout


@pytest.mark.slow
def test_a_search_finds_the_trace_by_its_route(whole, wait_for):
    sent = Request(whole)
    traceql = '{ span.http.route = "/web/login" }'

    def is_found() -> bool:
        traces = found(whole, "traces", traceql, "--since", "5m", "--limit", "1000")
        return sent.trace_id in {trace["trace_id"] for trace in traces}

    wait_for("the trace", is_found)


def send_trace(stack, name: str, at: float) -> str:
    """A trace of one span that began at that moment, sent to the collector by OTLP; its id."""
    trace_id, start = os.urandom(16).hex(), int(at * 1e9)
    times = {"startTimeUnixNano": str(start), "endTimeUnixNano": str(start + 1_000_000)}
    span = {"traceId": trace_id, "spanId": os.urandom(8).hex(), "name": name, **times}
    attributes = {"service.name": "probe", "deployment.environment.name": "local"}
    resource = [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
    scopes = [{"spans": [span]}]
    body = {"resourceSpans": [{"resource": {"attributes": resource}, "scopeSpans": scopes}]}
    requests.post(f"{stack.urls['otelcol']}/v1/traces", json=body, timeout=10).raise_for_status()
    return trace_id


@pytest.mark.slow
def test_a_search_with_more_matches_than_its_limit_gives_the_newest(whole, wait_for):
    name, now = f"search {os.urandom(4).hex()}", time.time()
    traceql = f'{{ name = "{name}" }}'
    sent = [send_trace(whole, name, now - 240 + second) for second in range(0, 240, 4)]
    wait_for(
        "all of them", lambda: len(found(whole, "traces", traceql, "--limit", "1000")) == len(sent) or None
    )

    listed = found(whole, "traces", traceql, "--since", "5m", "--limit", "5")

    assert [trace["trace_id"] for trace in listed] == sent[-5:]


@pytest.mark.parametrize("arguments", [("metrics", "sum("), ("logs", "{"), ("traces", "{")])
def test_a_query_that_cannot_be_parsed_ends_in_the_one_line_of_the_server(whole, refusal, arguments):
    assert "parse error" in refusal(whole.run("cli", "query", *arguments))


class Writer:
    """Log records of a service of its own, sent to the collector by OTLP."""

    def __init__(self, stack):
        self.address, self.service, self.number = stack.urls["otelcol"], f"writer-{os.urandom(4).hex()}", 0
        self.logql = f'{{service_name="{self.service}"}}'

    def write(self, records: int) -> None:
        now = time.time_ns()
        bodies = range(self.number, self.number + records)
        self.number += records
        attributes = {"service.name": self.service, "deployment.environment.name": "local"}
        resource = {
            "attributes": [{"key": key, "value": {"stringValue": value}} for key, value in attributes.items()]
        }
        # Several of them of the same moment.
        logs = [{"timeUnixNano": str(now + n // 10), "body": {"stringValue": f"record {n}"}} for n in bodies]
        body = {"resourceLogs": [{"resource": resource, "scopeLogs": [{"logRecords": logs}]}]}
        requests.post(f"{self.address}/v1/logs", json=body, timeout=10).raise_for_status()


@pytest.mark.slow
def test_what_is_followed_comes_once_each_also_over_a_restart_of_loki(whole, wait_for):
    writer = Writer(whole)
    writer.write(1)
    wait_for("the first record", lambda: found(whole, "logs", writer.logql))
    process = whole.start(
        "cli", "query", "logs", writer.logql, "--since", "1m", "--follow", "--output", "ndjson"
    )
    lines = [process.stdout.readline()]

    writer.write(1500)  # more than a page
    lines += [process.stdout.readline() for _ in range(1500)]
    control(whole, "restart", "loki")
    writer.write(100)
    lines += [process.stdout.readline() for _ in range(100)]
    time.sleep(3)  # a double would come with one of the next questions
    process.terminate()
    rest, _errors = process.communicate(timeout=30)

    texts = [json.loads(line)["text"] for line in [*lines, *rest.splitlines()]]
    assert sorted(texts) == sorted(f"record {n}" for n in range(1601))


def test_a_reader_that_has_seen_enough_ends_it_quietly(whole):
    cli = f"sh {whole.checkout}/setup/cli query metrics '{{__name__=~\".+\"}}' --output ndjson"
    pipe = f"{cli} --limit 1000 --state {whole.directory} 2>{whole.directory}/errors | head -1"
    result = subprocess.run(["sh", "-c", pipe], capture_output=True, text=True, timeout=60, check=True)

    assert len(result.stdout.splitlines()) == 1
    assert "Traceback" not in (whole.directory / "errors").read_text()
    assert "Broken" not in (whole.directory / "errors").read_text()


def test_no_secret_is_printed(whole, examination):
    secrets = [file.read_text().strip() for file in whole.directory.rglob("*_password")]
    commands = (["status"], ["query", "logs", "--since", "1d", "--limit", "5000"])
    printed = [json.dumps(examination)]
    for result in [whole.run("cli", *command) for command in commands]:
        printed += [result.stdout, result.stderr]

    assert len(secrets) == 3
    assert not [secret for secret in secrets for text in printed if secret in text]
