"""The doctor's own rules; what it finds in a real stack is tested by tests/e2e/test_cli.py."""

import json
import struct
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from http_servers import serving

from odooops import arguments, render
from odooops.backends.prometheus import Series
from odooops.doctor import collector, examination, odoo, ways
from odooops.doctor.collector import Exporter
from odooops.doctor.examination import Check, Failed, Patient, Result, exit_code, run
from odooops.doctor.probe import Probe
from odooops.endpoints import Endpoints, NoSuchPart
from odooops.web import Server, ServerError, Unreachable

METRICS = (Path(__file__).parents[1] / "vectors" / "collector_metrics.txt").read_text()


def checked(function, limit=5.0):
    (result,) = run([Check("a link", function, "do this")], limit)
    return result


def raising(error):
    def check():
        raise error

    return check


def test_results_come_as_they_are_ready():
    slow = threading.Event()

    def wait():
        slow.wait(5)
        yield Result("slow", "ok", "")

    results = run([Check("slow", wait, ""), Check("fast", lambda: [Result("fast", "ok", "")], "")], 10)
    assert next(results).check == "fast"
    slow.set()
    assert next(results).check == "slow"


def test_a_check_that_hangs_is_a_problem_and_stops_nobody():
    hangs = threading.Event()
    result = checked(lambda: hangs.wait(10) or [], limit=0.1)
    hangs.set()
    assert (result.status, result.detail, result.remedy) == ("problem", "no result within 0.1 s", "do this")


@pytest.mark.parametrize(
    ("error", "status", "detail", "remedy"),
    [
        (Unreachable("Loki does not answer"), "problem", "Loki does not answer", examination.SEE_PROCESS),
        (ServerError("not Loki"), "problem", "not Loki", "do this"),
        (Failed("ill", "take that"), "problem", "ill", "take that"),
        (NoSuchPart("no Loki"), "skipped", "no Loki", ""),
        (KeyError("x"), "problem", "the check broke: KeyError: 'x'", "do this"),
    ],
)
def test_what_goes_wrong_in_a_check_is_its_result(error, status, detail, remedy):
    result = checked(raising(error))
    assert (result.status, result.detail, result.remedy) == (status, detail, remedy)


def test_only_problems_decide_the_exit_code():
    fine = [Result("a", status, "") for status in ("ok", "warning", "skipped")]
    assert exit_code(fine) == 0
    assert exit_code([*fine, Result("b", "problem", "")]) == 1
    assert render.check_summary(fine) == "\nno problem now, but 1 warnings to look at; 1 checks passed"
    assert render.check_summary(fine[:1]) == "\nall is well: 1 checks passed"


def test_a_remedy_stands_below_its_problem():
    line = render.check_line(Result("process loki", "problem", "is stopped", "setup/up starts it"))
    assert (
        line == "PROBLEM  process loki                      is stopped\n         remedy: setup/up starts it"
    )


@pytest.fixture
def patient(tmp_path, monkeypatch):
    monkeypatch.setattr(examination, "POLL_SECONDS", 0.001)
    return Patient(Endpoints(tmp_path, "local", {}, []), timeout=0.05)


def test_what_arrives_later_is_waited_for(patient):
    answers = iter([None, None, "there"])
    patient = replace(patient, timeout=60)
    assert patient.wait_for("it", lambda: next(answers)) == "there"


def test_what_never_arrives_is_given_up(patient):
    with pytest.raises(Failed, match=r"^it did not arrive within 0\.05 s$"):
        patient.wait_for("it", lambda: None)


def test_what_cannot_arrive_is_waited_for_until_that_is_known(patient):
    patient = replace(patient, timeout=60)
    assert patient.wait_for("it", lambda: "there", lambda: "nobody sends") == "there"

    reasons = iter(["", "nobody sends"])
    with pytest.raises(Failed, match=r"^it cannot come: nobody sends$") as failed:
        patient.wait_for("it", lambda: None, lambda: next(reasons))
    assert failed.value.remedy == examination.SEE_TELEMETRY


def test_a_server_that_stays_away_is_named_instead(patient):
    with pytest.raises(Unreachable, match=r"^Loki does not answer$"):
        patient.wait_for("it", raising(Unreachable("Loki does not answer")))


def test_the_exporters_of_a_real_collector_are_read():
    found = collector.parse(METRICS)

    assert found["otlp_http/tempo"] == Exporter(sent=1, capacity=1000)
    assert found["otlp_http/nobody"] == Exporter(failed=1, capacity=1000)


@pytest.mark.parametrize(
    ("before", "now", "status", "said"),
    [
        (
            Exporter(5, 3, 1, 0, 9),
            Exporter(6, 3, 1, 5, 9),
            "ok",
            "queue 5 of 9; 4 failed since its start, none now",
        ),
        (Exporter(5, 3, 1, 0, 9), Exporter(5, 3, 1, 2, 9), "ok", "queue 2 of 9"),
        (Exporter(5, 0, 0, 0, 9), Exporter(5, 7, 0, 0, 9), "problem", "7 items failed within"),
        (Exporter(5, 0, 0, 0, 9), Exporter(5, 0, 2, 9, 9), "problem", "2 items failed within"),
        (Exporter(5, 0, 0, 8, 9), Exporter(6, 0, 0, 8, 9), "problem", "queue 8 of 9: what it sends to"),
        (Exporter(5, 0, 0, 2, 9), Exporter(5, 0, 0, 2, 9), "problem", "queue 2 of 9, and nothing left it"),
        (Exporter(), Exporter(), "ok", "queue empty; none failed"),
    ],
)
def test_an_exporter_is_ill_when_it_fails_now_or_its_queue_is_full(before, now, status, said):
    result = collector._result("x", before, now, "see the log")
    assert result.status == status
    assert said in result.detail


def test_the_recorder_is_seen_by_its_slots(tmp_path):
    slots = tmp_path / "run" / "telemetry"
    slots.mkdir(parents=True)
    patient = Patient(Endpoints(tmp_path, "local", {}, []), 1)
    for name, pid in (("http-0", 1), ("cron-0", 1), ("http-1", 0), ("http-2", 2**22 + 1)):
        (slots / f"{name}.slot").write_bytes(struct.pack("<8sQQ", b"OOPSLOT3", 5, pid) + bytes(64))
    (slots / "http-9.slot").write_bytes(b"torn")
    (slots / "http-8.slot").write_bytes(struct.pack("<8sQQ", b"OOPSLOT9", 5, 1) + bytes(64))

    (result,) = odoo.recorder(patient)
    assert result.detail == "2 processes record: cron-0, http-0"

    (slots / "cron-0.slot").unlink()
    with pytest.raises(Failed, match="no cron process of Odoo records"):
        list(odoo.recorder(patient))


@pytest.fixture
def report(tmp_path):
    """``report(written=…)``: what a process that runs says of its telemetry, beside its slot."""
    slots = tmp_path / "run" / "telemetry"
    slots.mkdir(parents=True)

    def write(pid=1, seconds_ago=1, names=("http-0",), **content):
        told = {"pid": pid, "written_at": (time.time() - seconds_ago) * 1e9, "problems": {}, "endpoints": {}}
        row = {"metric": "m", "attribute": "a", "values": 12, "limit": 1000, "example": ""}
        for name in names:
            (slots / f"{name}.slot").write_bytes(struct.pack("<8sQQ", b"OOPSLOT3", 5, 1) + bytes(64))
            (slots / f"{name}.json").write_text(json.dumps(told | {"cardinality": [row]} | content))
        return list(odoo.own_health(Patient(Endpoints(tmp_path, "local", {}, []), 1)))

    return write


def test_recorders_that_deliver_are_well(report):
    (result,) = report()
    assert (result.status, result.detail) == (
        "ok",
        "1 processes deliver; no attribute has more than 12 values",
    )


def test_a_recorder_that_cannot_deliver_says_why(report):
    endpoints = {"traces": "http://c:4318/v1/traces"}
    (result,) = report(problems={"traces": "HTTP 503"}, endpoints=endpoints)
    assert result.status == "problem"
    assert result.detail == "http-0 cannot deliver traces to http://c:4318/v1/traces: HTTP 503"
    assert result.remedy.endswith("OdooTelemetryExportFailing.md")


def test_a_cause_that_processes_and_signals_share_is_told_once(report):
    endpoints = {"traces": "http://c:1/v1/traces", "metrics": "http://c:1/v1/metrics"}
    refused = dict.fromkeys(endpoints, "Connection refused")
    report(names=("http-0",), problems={"traces": "HTTP 503"}, endpoints=endpoints)
    other, shared = report(names=("cron-0", "http-1"), problems=refused, endpoints=endpoints)[::-1]

    assert shared.detail == (
        "cron-0, http-1 cannot deliver traces to http://c:1/v1/traces, metrics to http://c:1/v1/metrics: "
        "Connection refused"
    )
    assert other.detail == "http-0 cannot deliver traces to http://c:1/v1/traces: HTTP 503"


def test_a_recorder_that_hangs_is_a_problem(report):
    (result,) = report(seconds_ago=90)
    assert result.status == "problem"
    assert "for 90 s" in result.detail
    assert "kill -INT 1" in result.remedy


def test_an_attribute_over_its_limit_is_a_warning_with_an_example(report):
    row = {"metric": "m", "attribute": "a", "values": 1000, "limit": 1000, "example": "/x/1"}
    (result,) = report(cardinality=[row])
    assert (result.status, result.detail) == ("warning", "http-0: a of m has too many values, such as '/x/1'")


def test_the_report_of_a_predecessor_says_nothing(report):
    (result,) = report(pid=2, problems={"traces": "HTTP 503"})
    assert (result.status, result.detail) == (
        "ok",
        "0 processes deliver; no attribute has more than 0 values",
    )


def test_the_probe_s_request_asks_to_be_kept_under_its_own_trace_id():
    probe, other = Probe(), Probe()
    with serving(lambda request, _asked: request.answer(200, {})) as server:
        parts = [{"name": "nginx", "listen": server.url.removeprefix("http://")}]
        probe.send_request(Endpoints(Path("/srv"), "local", {}, parts))

    assert server.asked[0]["headers"]["traceparent"] == f"00-{probe.request_trace}-{probe.span}-01"
    assert len({probe.request_trace, probe.otlp_trace, other.request_trace, other.otlp_trace}) == 4


def test_what_is_sent_by_otlp_is_what_the_official_classes_read():
    """JSON of OTLP has ids in hex, which protobuf's own JSON has in base64: all else must be the same."""
    from google.protobuf import json_format
    from opentelemetry.proto.collector.logs.v1.logs_service_pb2 import ExportLogsServiceRequest
    from opentelemetry.proto.collector.metrics.v1.metrics_service_pb2 import ExportMetricsServiceRequest
    from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

    probe = Probe()
    with serving(lambda request, _asked: request.answer(200, {})) as server:
        target = Server("the collector", server.url)
        probe.send_span(target, "local")
        probe.send_log(target, "local")
        probe.send_metric(target, "local")

    kinds = (ExportTraceServiceRequest, ExportLogsServiceRequest, ExportMetricsServiceRequest)
    messages = [
        json_format.Parse(asked["body"], kind()) for asked, kind in zip(server.asked, kinds, strict=True)
    ]
    assert [asked["path"] for asked in server.asked] == ["/v1/traces", "/v1/logs", "/v1/metrics"]
    (metric,) = messages[2].resource_metrics[0].scope_metrics[0].metrics
    assert (metric.name, metric.gauge.data_points[0].as_int) == ("odooops.doctor.probe", probe.value)
    for message in messages:
        (resources,) = message.ListFields()[0][1]
        attributes = {pair.key: pair.value.string_value for pair in resources.resource.attributes}
        assert attributes == {"service.name": "odooops-doctor", "deployment.environment.name": "local"}


@pytest.mark.parametrize(
    ("samples", "risen"),
    [
        ([(9, 5), (10, 5), (11, 5), (12, 6)], 1),
        ([(9, 5), (10, 5)], 0),
        ([(11, 0), (12, 1)], 1),
        ([(10, 5), (11, 0), (12, 1)], 1),
        ([(10, 5), (11, 1)], 1),
        ([(10, 5), (11, 7), (12, 1), (13, 1)], 3),
        ([], 0),
    ],
)
def test_a_counter_has_risen_by_what_came_after_the_request_also_when_its_process_was_started_anew(
    samples, risen
):
    series = Series({}, [(float(at), str(value)) for at, value in samples])
    assert ways.increase(series, 10.0) == risen


@pytest.mark.parametrize(("text", "seconds"), [("25", 25), ("0.5", 0.5), ("25s", 25), ("1m30s", 90)])
def test_how_long_to_wait_is_told_in_seconds_or_with_a_unit(text, seconds):
    assert arguments.parse(["doctor", "--timeout", text]).timeout == seconds


@pytest.mark.parametrize("text", ["0", "-5", "soon", "25 s", ""])
def test_what_is_no_length_of_time_is_refused(text, capsys):
    with pytest.raises(SystemExit):
        arguments.parse(["doctor", f"--timeout={text}"])
    assert "write 30s" in capsys.readouterr().err or text == "0"
