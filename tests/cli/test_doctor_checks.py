"""Checks of the doctor for what no test can do to a real stack: the clock set back, a full disk, a bad rule."""

import json
import os
import re
import shutil
import time

import pytest
from http_servers import serving

from odooops.doctor import alerting, machine, odoo, redaction, ways
from odooops.doctor.examination import Failed, Patient
from odooops.doctor.probe import Probe
from odooops.doctor.slots import HEADER, MAGIC
from odooops.endpoints import Endpoints
from odooops.stack import redaction_rules

PARTS = ("nginx", "prometheus", "alertmanager", "postgres_exporter", "loki", "tempo", "otelcol")


@pytest.fixture
def patient(tmp_path):
    """``patient(answers)``: a stack whose servers all give these answers, by path."""

    def examine(check, answers):
        def behave(request, asked):
            body = answers.get(asked["path"].removeprefix("/api/v1/"))
            if callable(body):
                body = body(asked["query"])
            request.answer(200, body if asked["path"] in answers else {"status": "success", "data": body})

        with serving(behave) as server:
            parts = [{"name": name, "listen": server.url.removeprefix("http://")} for name in PARTS]
            return list(check(Patient(Endpoints(tmp_path, "local", {}, parts), timeout=0.05)))

    return examine


def vector(*series):
    """An instant vector: pairs of labels and value."""
    result = [{"metric": labels, "value": [1.0, value]} for labels, value in series]
    return {"resultType": "vector", "result": result}


def test_a_clock_that_was_set_back_is_noticed(patient):
    ahead = {"headStats": {"maxTime": (time.time() + 3600) * 1000}}
    with pytest.raises(Failed, match=r"samples that are 3[56]\d\d s in the future: the clock was set back"):
        patient(machine.clock, {"status/tsdb": ahead})

    (result,) = patient(machine.clock, {"status/tsdb": {"headStats": {"maxTime": time.time() * 1000}}})
    assert result.status == "ok"


@pytest.mark.parametrize(("free", "status"), [(50_000, "ok"), (2_000, "warning"), (900, "problem")])
def test_a_disk_that_fills_up_is_told_before_it_is_full(patient, monkeypatch, free, status):
    usage = shutil.disk_usage("/")._replace(total=100_000_000_000, free=free * 1_000_000)
    monkeypatch.setattr(machine.shutil, "disk_usage", lambda _path: usage)
    if status == "problem":
        with pytest.raises(Failed, match="900 MB free of 100000 MB"):
            patient(machine.disk, {})
        return

    (result,) = patient(machine.disk, {})
    assert (result.status, bool(result.remedy)) == (status, status == "warning")
    assert f"{free} MB free" in result.detail


def test_what_takes_the_room_is_told(patient, tmp_path):
    (tmp_path / "loki" / "chunks").mkdir(parents=True)
    (tmp_path / "loki" / "chunks" / "chunk").write_bytes(b"x" * 3_000_000)
    assert "loki 3 MB" in patient(machine.disk, {})[0].detail


def test_a_rule_that_cannot_be_evaluated_is_named_with_the_reason(patient):
    rules = [
        {"name": "Fine", "health": "ok"},
        {"name": "New", "health": "unknown"},
        {
            "name": "CollectorRefusing",
            "health": "err",
            "lastError": "vector cannot contain\n the same labelset",
        },
    ]
    (result,) = patient(alerting.rules, {"rules": {"groups": [{"rules": rules}]}})
    assert result.status == "problem"
    assert result.detail == "CollectorRefusing: vector cannot contain the same labelset"
    assert "monitoring/alerts" in result.remedy


def test_no_rules_at_all_are_a_problem(patient):
    with pytest.raises(Failed, match="Prometheus has no rules"):
        patient(alerting.rules, {"rules": {"groups": []}})


def test_a_target_that_stays_down_is_named_with_the_reason(patient):
    target = {
        "labels": {"job": "loki"},
        "scrapeUrl": "http://127.0.0.1:3100/metrics",
        "lastError": "refused",
    }
    active = [{"health": "up"}, {"health": "unknown"}, target | {"health": "down"}]
    (result,) = patient(alerting.targets, {"targets": {"activeTargets": active}})
    assert result.detail == "loki at http://127.0.0.1:3100/metrics: refused"


def test_prometheus_without_an_alertmanager_is_a_problem(patient):
    with pytest.raises(Failed, match="knows no Alertmanager"):
        patient(alerting.alertmanager, {"alertmanagers": {"activeAlertmanagers": []}})


def test_an_exporter_that_cannot_query_postgresql_is_a_problem(patient):
    with pytest.raises(Failed, match="postgres_exporter cannot query PostgreSQL") as failed:
        patient(alerting.watched, {"/metrics": "# HELP pg_up Whether\npg_up 0\n"})
    assert failed.value.remedy == "monitoring/runbooks/PostgresDown.md"


def loki_of(service):
    """A Loki whose only line is of that service and has every trace id."""

    def answer(query):
        selected = re.match(r'\{service_name=(~?)"(.*?)"\}', query["query"])
        found = selected[2] == service or (selected[1] and re.fullmatch(selected[2], service))
        lines = [{"stream": {"service_name": service}, "values": [["1", "a line"]]}] if found else []
        return {"data": {"resultType": "streams", "result": lines}}

    return {"/loki/api/v1/query_range": answer}


def test_a_line_of_nginx_does_not_show_that_odoo_s_log_arrives(patient):
    sent = Probe()
    with pytest.raises(Failed, match=f"a log line with trace id {sent.request_trace} did not arrive"):
        patient(lambda examined: ways.request_log(examined, sent), loki_of("nginx"))

    (result,) = patient(lambda examined: ways.request_log(examined, sent), loki_of("odoo"))
    assert result.detail == f"a line of odoo has trace_id {sent.request_trace}"


def test_a_record_by_otlp_may_be_of_any_service(patient):
    def otlp_log(examined):
        return [ways._lines(examined, "ab" * 16, ways.EVERY_LOG)]

    assert patient(otlp_log, loki_of("odooops-doctor")) == [
        f"a line of odooops-doctor has trace_id {'ab' * 16}"
    ]


def test_exemplars_of_this_environment_alone_are_looked_up(patient):
    asked = []

    def exemplars(query):
        asked.append(query["query"])
        return [{"exemplars": [{"labels": {"trace_id": "ab" * 16}, "value": "1", "timestamp": 1.0}]}]

    span = {"spanId": "AAAAAAAAAAE=", "startTimeUnixNano": "1", "endTimeUnixNano": "2"}
    trace = {"trace": {"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}}
    (result,) = patient(ways.exemplar, {"query_exemplars": exemplars, f"/api/v2/traces/{'ab' * 16}": trace})

    assert result.status == "ok"
    assert asked == ['http_server_request_duration_seconds_bucket{deployment_environment_name="local"}']


def take_slot(directory, name, recorder):
    """A slot of this process, with what it has told of its recorder."""
    directory.mkdir(parents=True, exist_ok=True)
    (directory / f"{name}.slot").write_bytes(HEADER.pack(MAGIC, 1, os.getpid()))
    report = {"pid": os.getpid()} | ({"recorder": recorder} if recorder else {})
    (directory / f"{name}.json").write_text(json.dumps(report))


@pytest.mark.parametrize(
    ("recorders", "told"),
    [
        (("compiled", "compiled"), "; by the compiled recorder"),
        (
            ("compiled", "python"),
            "; in Python, where the compiled recorder costs less: http-0 (native/README.md)",
        ),
        ((None, None), ""),  # of an older version
    ],
)
def test_processes_are_listed_with_what_they_record_by(patient, tmp_path, recorders, told):
    for name, recorder in zip(("cron-0", "http-0"), recorders, strict=True):
        take_slot(tmp_path / "run" / "telemetry", name, recorder)

    (result,) = patient(odoo.recorder, {})
    assert (result.status, result.detail) == ("ok", f"2 processes record: cron-0, http-0{told}")


def test_odoo_that_answers_but_does_not_pass_is_a_problem(patient):
    with pytest.raises(Failed, match="/web/health says 'fail'"):
        patient(odoo.health, {"/web/health": {"status": "fail"}})


@pytest.fixture
def compared(tmp_path):
    """``compared(text, **found)``: what is said of the collector's file with that text, and of Odoo's rules."""

    def compare(text, **found):
        file = tmp_path.joinpath(*redaction_rules.PLACE)
        file.parent.mkdir(parents=True)
        file.write_text(text)
        stack = Endpoints(tmp_path, "local", {}, [])
        return list(redaction.rules(Patient(stack, timeout=0.05), lambda: RULES | found))

    return compare


RULES = {"keys": [], "values": ["EMP"], "rules": ["Numbers"], "left_out": []}


def test_a_collector_that_follows_the_rules_of_the_database_is_well(compared):
    (result,) = compared(redaction_rules.render(RULES))
    assert (result.status, result.detail) == ("ok", "the collector follows the rules that Odoo has: 1")


def test_a_collector_that_follows_other_rules_than_the_database_has_is_a_problem(compared):
    with pytest.raises(Failed, match="follows other rules of redaction than Odoo's database has") as failed:
        compared(redaction_rules.render(redaction_rules.NO_RULES))
    assert failed.value.remedy == "odooops redaction sync has the collector follow them"


def test_a_rule_that_the_collector_cannot_have_is_a_warning(compared):
    left_out = [{"name": "Behind", "reason": "looks ahead or behind"}]
    _well, result = compared(redaction_rules.render(RULES), left_out=left_out)
    assert result.status == "warning"
    assert result.detail == "Behind looks ahead or behind: it holds in Odoo alone"


@pytest.mark.parametrize(
    ("check", "answers"),
    [
        (lambda patient: ways.request_metric(patient, Probe()), {"query": vector()}),
        (lambda patient: ways.request_trace(patient, Probe()), {}),
        (ways.exemplar, {"query_exemplars": []}),
    ],
)
def test_what_odoo_says_it_cannot_deliver_is_not_waited_for(patient, monkeypatch, check, answers):
    monkeypatch.setattr(odoo, "undelivered", lambda patient, signal: "nobody sends")
    monkeypatch.setattr(ways.tempo, "trace", lambda server, trace_id, seconds: [])

    with pytest.raises(Failed, match="cannot come: nobody sends"):
        patient(check, answers)
