"""What other libraries put on their spans and log records by themselves does not leave with secrets in it."""

import traceback

import pytest
from odooops_otel.tools import foreign
from odooops_otel.tools.redact import Policy
from opentelemetry.exporter.otlp.proto.common._internal import _encode_attributes
from opentelemetry.proto.common.v1.common_pb2 import AnyValue, ArrayValue, KeyValueList
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

SECRET = "s3cr3t"


def span(name="work", events=(), **attributes):
    return Span(
        name=name,
        attributes=_encode_attributes({key.replace("__", "."): value for key, value in attributes.items()}),
        events=[Span.Event(name=title, attributes=_encode_attributes(pairs)) for title, pairs in events],
    )


def attributes(message):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in message.attributes}


def sanitized(message):
    foreign.sanitize_span(message)
    return message


def test_what_the_application_wrote_stays_and_is_cut():
    message = sanitized(span("n" * 999, shop__note="x" * 5000, shop__lines=3, shop__tags=["a", "b" * 5000]))

    found = attributes(message)
    assert (len(message.name), len(found["shop.note"]), found["shop.lines"]) == (
        foreign.MAX_NAME,
        foreign.MAX_TEXT,
        3,
    )
    assert [len(item.string_value) for item in found["shop.tags"].values] == [1, foreign.MAX_TEXT]


@pytest.mark.parametrize(
    "statement",
    [
        f"SELECT id FROM res_partner WHERE ref = '{SECRET}'",
        f"SELECT id FROM res_partner WHERE ref = '{SECRET}'".encode(),
    ],
)
@pytest.mark.parametrize("key", ["db__statement", "db__query__text"])
def test_a_statement_is_told_as_ours_are(key, statement):
    given = {
        key: statement,
        "db__system": "postgresql",
        "db__name": "shop",
        "db__user": SECRET,
        "net__peer__port": 5432,
    }
    message = sanitized(span(f"SELECT'{SECRET}'", **given))

    assert message.name == "SELECT res_partner"
    assert attributes(message) == {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "server.port": 5432,
        "db.operation.name": "SELECT",
        "db.collection.name": "res_partner",
        "db.query.text": "SELECT id FROM res_partner WHERE ref = ?",
    }


@pytest.mark.parametrize("key", ["db.statement", "db.query.text"])
def test_a_statement_has_no_values_wherever_it_is_written(key):
    given = f"UPDATE res_users SET note = '{SECRET}', totp = 5 WHERE login = 'bob@example.com'" + " " * 9000
    inner = {"more": {key: given}, "many": [{key: given}]}
    message = sanitized(span(events=[("query", {key: given, **inner})]))
    link = Span.Link(attributes=_encode_attributes({key: given}))
    message.links.append(link)
    record = LogRecord(attributes=_encode_attributes({key: [given], **inner}))
    foreign.sanitize_span(message)
    foreign.sanitize_log(record)

    [event], [link] = message.events, message.links
    assert attributes(event)[key].startswith("UPDATE res_users SET note = ?, totp = ? WHERE login")
    assert attributes(link)[key].startswith("UPDATE res_users SET note = ?")
    for told in (message, record):
        assert SECRET.encode() not in told.SerializeToString()
        assert b"bob@" not in told.SerializeToString()


def test_a_query_of_another_language_is_redacted_and_cut():
    message = sanitized(span(db__query__text='{"find": "users", "password": "hunter2"} ' + "x" * 9000))

    shown = attributes(message)["db.query.text"]
    assert "hunter2" not in shown
    assert len(shown) <= 2000


def test_a_statement_that_is_written_under_both_names_is_told_once():
    both = {"db__statement": f"SELECT '{SECRET}'", "db__query__text": f"SELECT '{SECRET}'"}

    assert attributes(sanitized(span(**both)))["db.query.text"] == "SELECT ?"


@pytest.mark.parametrize(
    ("key", "value", "shown"),
    [
        ("http.url", f"https://u:{SECRET}@a.example/b?c={SECRET}", "https://a.example/b"),
        ("url.full", f"https://a.example/b?c={SECRET}", "https://a.example/b"),
        ("http.target", f"/b?c={SECRET}", "/b"),
        ("url.path", "/b", "/b"),
    ],
)
def test_urls_lose_credentials_and_queries(key, value, shown):
    assert attributes(sanitized(span(**{key: value}))) == {key: shown}


@pytest.mark.parametrize(
    "key",
    [
        "url.query",
        "http.request.header.authorization",
        "http.response.header.set_cookie",
        "db.statement.parameters",
        "db.query.parameter.0",
        "exception.message",
    ],
)
def test_headers_parameters_queries_and_messages_are_withheld(key):
    assert attributes(sanitized(span(**{key: SECRET, "shop.lines": 1}))) == {"shop.lines": 1}


def test_nested_values_are_held_to_the_same():
    message = sanitized(
        span(shop__request={"url.query": SECRET, "url.full": f"https://a.example/?k={SECRET}"})
    )

    assert SECRET not in str(message)


def test_an_exception_is_its_class_and_where_it_was_raised():
    def fail():
        raise ValueError(f"about {SECRET}\n  nothing of {SECRET}")

    try:
        fail()
    except ValueError as error:
        stack = "".join(traceback.format_exception(error))
    described = {"exception.type": "ValueError", "exception.message": SECRET, "exception.stacktrace": stack}
    message = span(events=[("exception", described)])
    message.status.CopyFrom(Status(code=Status.STATUS_CODE_ERROR, message=f"ValueError: about {SECRET}"))
    sanitized(message)

    found = attributes(message.events[0])
    assert found["exception.type"] == "ValueError"
    assert ", in fail" in found["exception.stacktrace"]
    assert message.status.message == "ValueError"
    assert SECRET not in str(message)


def test_attributes_of_links_are_held_to_the_same():
    message = span()
    message.links.add(attributes=_encode_attributes({"url.query": SECRET}))

    assert SECRET not in str(sanitized(message))


def test_a_log_record_keeps_its_body_cut_and_loses_messages_of_exceptions():
    record = LogRecord(attributes=_encode_attributes({"exception.message": SECRET, "shop.bin": 7}))
    record.body.string_value = "x" * 100_000
    foreign.sanitize_log(record)

    assert (len(record.body.string_value), attributes(record)) == (foreign.MAX_BODY, {"shop.bin": 7})


@pytest.mark.parametrize(
    "body",
    [
        AnyValue(string_value="x" * 50_000),
        AnyValue(bytes_value=b"x" * 50_000),
        AnyValue(array_value=ArrayValue(values=[AnyValue(string_value="x")] * 50_000)),
        AnyValue(kvlist_value=KeyValueList(values=_encode_attributes({f"k{n}": "x" for n in range(5000)}))),
        AnyValue(kvlist_value=KeyValueList(values=_encode_attributes({"k": "x" * 50_000}))),
    ],
    ids=lambda body: body.WhichOneof("value"),
)
def test_a_body_of_any_kind_is_cut(body):
    record = LogRecord(body=body)
    foreign.sanitize_log(record)

    assert 0 < len(record.SerializeToString()) <= foreign.MAX_BODY + 20


def test_the_size_of_values_is_that_of_their_texts_however_deep():
    assert foreign.size(("abc", b"de", 7, None, {"f": ["gh", ("i",)]}), 1000) == 9 + 8 * 4


def test_counting_ends_at_the_limit():
    endless = []
    endless.extend([endless] * 10)

    assert foreign.size(["x" * 10] * 1000, 100) <= 110
    assert foreign.size([endless], 100) <= 180


MAIL = "bob@example.com"


def test_what_an_application_wrote_is_redacted_wherever_it_stands():
    message = span(f"mail {MAIL}", [(f"sent {MAIL}", {"to": [MAIL]})], a=f"to {MAIL}", shop__token="x", n=3)
    message.trace_state, message.status.message = f"v={MAIL}", f"refused by {MAIL}"
    message.links.add(trace_state=f"v={MAIL}", attributes=_encode_attributes({"a": {"b": {"c": MAIL}}}))
    sanitized(message)

    assert MAIL.encode() not in message.SerializeToString()
    assert (message.name, message.trace_state) == ("mail REDACTED", "")
    assert attributes(message) == {"a": "to REDACTED", "shop.token": "REDACTED", "n": 3}


def test_a_secret_that_is_cut_off_is_not_half_shown():
    text = "x" * (foreign.MAX_TEXT - 6) + f" {MAIL}"

    assert "bob" not in attributes(sanitized(span(a=text)))["a"]


def test_a_log_record_is_redacted_as_those_of_odoo():
    record = LogRecord(
        body=AnyValue(string_value=f"to {MAIL}"), attributes=_encode_attributes({"password": "x"})
    )
    foreign.sanitize_log(record)

    assert record.body.string_value == "to REDACTED"
    assert record.attributes[0].value.string_value == "REDACTED"


def test_names_of_the_site_are_redacted():
    message = span(tenant="acme", note="tenant=acme")
    foreign.sanitize_span(message, Policy(names=("tenant",)))

    assert attributes(message) == {"tenant": "REDACTED", "note": "tenant=REDACTED"}


def test_numbers_and_mappings_of_a_secret_name_are_redacted():
    given = {"tenant": 7, "share": 0.5, "all": [7, 0.5], "more": {"x": "acme"}, "shop.otp": 471199, "n": 7}
    message = span(**given)
    foreign.sanitize_span(message, Policy(names=("tenant", "share", "all", "more")))
    values = {pair.key: pair.value for pair in message.attributes}

    assert [item.string_value for item in values.pop("all").array_value.values] == ["REDACTED"] * 2
    assert values.pop("n").int_value == 7
    assert {value.string_value for value in values.values()} == {"REDACTED"}
