"""An entry of Odoo's log as a line of JSON and as an OTLP record."""

import datetime
import json

import pytest
from odooops_otel.tools import log
from odooops_otel.tools.redact import Policy
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord, SeverityNumber

MOMENT = 1_795_566_019_123_456_789  # 2026-11-25 00:20:19.123456789 UTC
TRACE_ID, SPAN_ID = bytes(range(1, 17)), bytes(range(1, 9))


def entry(**changes):
    attributes = {"process.pid": 77, "db.namespace": "odoo", "user.id": "2"}
    whole = log.Entry(MOMENT, "INFO", 9, "odoo.http", "hello", attributes, TRACE_ID, SPAN_ID)
    return whole._replace(**changes)


def test_a_line_has_the_fields_of_the_data_model():
    assert json.loads(log.json_line(entry())) == {
        "timestamp": "2026-11-25T00:20:19.123456Z",
        "severity_text": "INFO",
        "severity_number": 9,
        "logger": "odoo.http",
        "body": "hello",
        "process.pid": 77,
        "db.namespace": "odoo",
        "user.id": "2",
        "trace_id": "0102030405060708090a0b0c0d0e0f10",
        "span_id": "0102030405060708",
    }


def test_a_line_outside_of_a_record_has_no_ids():
    line = json.loads(log.json_line(entry(trace_id=b"", span_id=b"")))

    assert not {"trace_id", "span_id"} & line.keys()


@pytest.mark.parametrize("time", [0, 999, 1_000, MOMENT, 4_102_444_800_000_000_000])
def test_the_timestamp_is_exact_to_the_microsecond(time):
    stamp = json.loads(log.json_line(entry(time=time)))["timestamp"]

    moment = datetime.datetime.fromisoformat(stamp)
    epoch = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
    assert (moment - epoch) // datetime.timedelta(microseconds=1) == time // 1000


@pytest.mark.parametrize(
    "body", ["two\nlines", "a\r\u2028b", '"quoted" \\ {', "é中😀", "\udc80 undecodable", "\0\x1b[1m"]
)
def test_whatever_a_message_holds_it_is_one_line_of_ascii(body):
    line = log.json_line(entry(body=body))

    assert line.isascii()
    assert line.splitlines() == [line]
    assert json.loads(line)["body"] == body


def test_a_traceback_is_one_field_and_redacted():
    trace = "Traceback (most recent call last):\n  File x\nValueError: password=hunter2"
    line = json.loads(log.json_line(entry(attributes={"exception.stacktrace": trace})))

    assert line["exception.stacktrace"] == trace.replace("hunter2", "REDACTED")


def test_attributes_are_held_to_the_policy_in_both_forms():
    given = {"user_agent.original": "bob@example.com EMP-1", "user.id": "7", "exception.message": "EMP-1"}
    secret, policy = entry(attributes=given), Policy(("user.id",), ("EMP-1",))
    record = LogRecord.FromString(log.otlp_record(secret, MOMENT, policy))
    line = json.loads(log.json_line(secret, policy))

    shown = {**dict.fromkeys(given, "REDACTED"), "user_agent.original": "REDACTED REDACTED"}
    assert {pair.key: pair.value.string_value for pair in record.attributes} == shown
    assert {key: line[key] for key in given} == shown


def test_a_message_is_redacted_in_both_forms():
    secret = entry(body="sent to bob@example.com")

    assert "bob" not in log.json_line(secret)
    assert LogRecord.FromString(log.otlp_record(secret, MOMENT)).body.string_value == "sent to REDACTED"


def test_an_otlp_record_says_the_same_as_the_line():
    record = LogRecord.FromString(log.otlp_record(entry(), MOMENT + 1))

    assert (record.time_unix_nano, record.observed_time_unix_nano) == (MOMENT, MOMENT + 1)
    assert (record.severity_number, record.severity_text) == (SeverityNumber.SEVERITY_NUMBER_INFO, "INFO")
    assert (record.trace_id, record.span_id) == (TRACE_ID, SPAN_ID)
    assert record.body.string_value == "hello"
    attributes = {pair.key: pair.value for pair in record.attributes}
    assert attributes["process.pid"].int_value == 77
    assert attributes["user.id"].string_value == "2"


@pytest.mark.parametrize(
    ("level", "name"),
    [(5, "TRACE"), (10, "DEBUG"), (20, "INFO"), (25, "INFO"), (30, "WARN"), (40, "ERROR"), (50, "FATAL")],
)
def test_a_level_of_logging_has_its_severity_number(level, name):
    assert log.severity_number(level) == SeverityNumber.Value(f"SEVERITY_NUMBER_{name}")


@pytest.mark.parametrize(
    ("template", "args", "expected"),
    [
        ("%s of %d", ("one", 2), "one of 2"),
        ("%(what)s", {"what": "named"}, "named"),
        ("100 %", (), "100 %"),
        (ValueError("an exception"), None, "an exception"),
        ("%d items", ("many",), "%d items [its arguments do not fit: TypeError]"),
        ("%s", (1, 2), "%s [its arguments do not fit: TypeError]"),
        ("%(missing)s", {"there": 1}, "%(missing)s [its arguments do not fit: KeyError]"),
        ("%y", (1,), "%y [its arguments do not fit: ValueError]"),
    ],
)
def test_a_message_is_made_of_template_and_arguments(template, args, expected):
    assert log.message(template, args, "odoo") == expected


@pytest.mark.parametrize("kind", [str, str.encode])
def test_a_statement_that_odoo_logs_loses_its_values(kind):
    query = kind("SELECT 'planted' FROM t WHERE id IN (4, 5)")
    found = log.message("bad query: %s\nERROR: %s", (query, ValueError("no")), "odoo.sql_db")

    assert found == "bad query: SELECT ? FROM t WHERE id IN (?, ...)\nERROR: no"


def test_a_long_text_keeps_its_beginning_and_its_end():
    text = "a" * log.MAX_TEXT + "b" * 1000 + "c" * log.MAX_TEXT
    short = log.shorten(text)

    assert len(short) < log.MAX_TEXT + 100
    assert (short[0], short[-1]) == ("a", "c")
    assert f"[{len(text) - log.MAX_TEXT} characters left out]" in short
    assert log.shorten("short") == "short"


@pytest.mark.parametrize(
    ("line", "route", "expected"),
    [
        (
            '"GET /survey/start/8f7a-planted HTTP/1.1" 200 -',
            "/survey/start/<string:survey_token>",
            '"GET /survey/start/REDACTED HTTP/1.1" 200 -',
        ),
        (
            '"\x1b[31m\x1b[1mGET /survey/start/planted?x=1 HTTP/1.1\x1b[0m" 404 -',
            "/survey/start/<string:survey_token>",
            '"\x1b[31m\x1b[1mGET /survey/start/REDACTED?REDACTED HTTP/1.1\x1b[0m" 404 -',
        ),
        ('"GET /odoo/Ñ%20 HTTP/1.1" 200 -', "/odoo/<path:path>", '"GET /odoo/Ñ%20 HTTP/1.1" 200 -'),
        ('"GET /web/health HTTP/1.1" 200 -', None, '"GET /web/health HTTP/1.1" 200 -'),
        (
            '"GET /survey/start/8f7a-planted0?a=1 HTTP/1.1" 500 -',
            None,
            '"GET /survey/start/REDACTED?REDACTED HTTP/1.1" 500 -',
        ),
        (
            '"GET /survey/start/8f7a-planted0 HTTP/1.1" 404 -',
            "/<path:path>",
            '"GET /survey/start/REDACTED HTTP/1.1" 404 -',
        ),
        ("code 400, message Bad request", "/x/<token>", "code 400, message Bad request"),
    ],
)
def test_an_access_line_has_no_token_of_its_path(line, route, expected):
    assert log.access_line(line, route) == expected


def test_an_access_line_has_nothing_of_the_query_whatever_signs_are_in_it():
    line = '"GET /web/login?{"a":\'planted\'}<planted>#planted?planted HTTP/1.1" 200 -'

    assert log.access_line(line, "/web/login") == '"GET /web/login?REDACTED HTTP/1.1" 200 -'


@pytest.mark.parametrize(
    ("perf_info", "expected"),
    [
        ("3 0.004 0.010", {"odoo.sql.count": 3, "odoo.sql.time": 0.004, "odoo.python.time": 0.01}),
        (
            "3 0.004 -0.010 ro->rw",
            {
                "odoo.sql.count": 3,
                "odoo.sql.time": 0.004,
                "odoo.python.time": -0.01,
                "odoo.cursor.mode": "ro->rw",
            },
        ),
        ("- - -", {}),
        ("", {}),
        ("\x1b[1m3\x1b[0m 0.004 0.010", {}),
    ],
)
def test_what_odoo_measures_of_a_request_becomes_attributes(perf_info, expected):
    assert log.performance(perf_info) == expected
