"""A kept record becomes a server span and a span for each of its statements."""

import pytest
from finished import START, Extras, Record, attributes, decoded, failed_statement, make_encoder, statements
from odooops_otel.tools import otlp, semconv
from odooops_otel.tools.annotations import Link
from odooops_otel.tools.attributes import MAX_VALUE
from odooops_otel.tools.calls import Call
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status


@pytest.fixture
def encoder():
    return make_encoder()


def test_a_record_is_a_span_with_its_ids_and_times(encoder):
    [message] = decoded(encoder, Record())

    assert (message.trace_id, message.span_id, message.parent_span_id) == (
        b"\x01" * 16,
        b"\x02" * 8,
        b"\x03" * 8,
    )
    assert (message.name, message.kind) == ("GET /web", Span.SPAN_KIND_SERVER)
    assert (message.start_time_unix_nano, message.end_time_unix_nano) == (START, START + 500_000_000)
    assert attributes(message) == {
        "http.route": "/web",
        "http.response.status_code": 200,
        "odoo.sql.count": 0,
        "odoo.sql.time": 0.25,
    }


def test_a_record_without_caller_is_a_root(encoder):
    [message] = decoded(encoder, Record(parent_span_id=b"", trace_state=""))

    assert message.parent_span_id == b""


def test_an_error_is_a_status_and_a_type(encoder):
    [message] = decoded(encoder, Record(error_type="psycopg2.OperationalError"))

    assert message.status.code == Status.STATUS_CODE_ERROR
    assert attributes(message)["error.type"] == "psycopg2.OperationalError"


def test_the_class_of_the_error_describes_the_status_unless_the_answers_number_does(encoder):
    for error_type, description in (("KeyError", "KeyError"), ("503", "")):
        [message] = decoded(encoder, Record(error_type=error_type))
        assert (message.status.code, message.status.message) == (Status.STATUS_CODE_ERROR, description)


def test_events_are_told_in_order_with_their_times(encoder):
    events = [
        (START + 1, "odoo.request.retry", {"error.type": "x.Conflict"}),
        (START + 2, "exception", {"exception.type": "KeyError", "exception.stacktrace": "Traceback\n"}),
    ]
    [message] = decoded(encoder, Record(events=events, dropped_events=3))

    assert [(event.time_unix_nano, event.name, attributes(event)) for event in message.events] == events
    assert message.dropped_events_count == 3


def test_flags_and_state_of_the_trace_are_passed_on(encoder):
    [message] = decoded(encoder, Record(trace_state="congo=t61rcWkgMzE"))

    assert (message.flags, message.trace_state) == (0x301, "congo=t61rcWkgMzE")


def test_what_the_statements_say_is_on_the_span(encoder):
    [own] = decoded(encoder, Record(diagnosis={"odoo.sql.repeated.count": 83, "odoo.sql.table.names": ["t"]}))

    told = {pair.key: pair.value for pair in own.attributes}
    assert told["odoo.sql.repeated.count"].int_value == 83
    assert [each.string_value for each in told["odoo.sql.table.names"].array_value.values] == ["t"]


def test_without_error_there_is_no_status(encoder):
    [message] = decoded(encoder, Record())

    assert not message.HasField("status")
    assert "error.type" not in attributes(message)


@pytest.mark.parametrize(("shown", "count", "dropped"), [(3, 3, None), (2, 3, 1), (0, 3, 3), (3, 90, 87)])
def test_statements_that_were_left_out_are_counted(encoder, shown, count, dropped):
    texts = ("SELECT 1", "SELECT 2", "SELECT 3")[:shown]
    own, *children = decoded(encoder, Record(statements=statements(*texts), statement_count=count))

    assert len(children) == shown
    assert attributes(own)["odoo.sql.count"] == count
    assert attributes(own).get("odoo.sql.dropped") == dropped


def test_every_attribute_of_a_span_is_declared(encoder):
    record = Record(
        own={},
        statements=statements("SELECT a FROM t"),
        statement_count=5,
        error_type="x",
        failed_statements=[failed_statement("SELECT 1", "x", "42P01")],
        summaries={("SELECT", "t"): [2, 1.0, 1.0, 2.0]},
    )
    names = set().union(*(attributes(message) for message in decoded(encoder, record)))

    assert names <= semconv.attribute_names("span")


def test_the_second_time_is_as_the_first(encoder):
    record = Record(statements=statements("SELECT a FROM t", "SELECT a FROM t", "SELECT b FROM u"))
    first, second = decoded(encoder, record), decoded(encoder, record)
    for message in first + second:
        message.span_id = b""

    assert first == second
    assert first[1].name == first[2].name == "SELECT t"


def test_equal_values_of_other_types_are_not_confused(encoder):
    for value in (1, True, 1.0, "1", 0, False, 0.0, "", "0"):
        [message] = decoded(encoder, Record(own={"url.path": value}))
        assert type(attributes(message)["url.path"]) is type(value)
        assert attributes(message)["url.path"] == value


def test_a_long_value_that_a_caller_chose_is_cut(encoder):
    [message] = decoded(encoder, Record(own={"user_agent.original": "x" * 65_536, "url.path": "y" * 300}))

    assert attributes(message)["user_agent.original"] == "x" * MAX_VALUE
    assert attributes(message)["url.path"] == "y" * 300


def test_records_of_the_same_traits_have_the_same_attributes(encoder):
    for route in ("/web", "/shop", "/web"):
        for error_type in (None, "KeyError"):
            [message] = decoded(encoder, Record(own={"http.route": route}, error_type=error_type))
            assert attributes(message)["http.route"] == route
            assert attributes(message).get("error.type") == error_type


def test_what_application_code_said_is_on_the_span_and_does_not_replace_ours(encoder):
    extras = Extras()
    extras.annotations.set_attribute("shop.lines", 3)
    extras.annotations.set_attribute("http.route", "/theirs")
    extras.annotations.set_attribute("error.type", "TheirError")
    extras.annotations.dropped_attributes = 2
    [message] = decoded(encoder, Record(extras=extras))

    found = attributes(message)
    assert (found["shop.lines"], found["http.route"], message.dropped_attributes_count) == (3, "/web", 2)
    assert found["error.type"] == "TheirError", "we know of none, which says nothing against it"


@pytest.mark.parametrize(
    ("error_type", "status", "code", "text"),
    [
        (None, otlp.STATUS_ERROR, Status.STATUS_CODE_ERROR, "no stock"),
        ("ValueError", otlp.STATUS_ERROR, Status.STATUS_CODE_ERROR, "no stock"),
        ("ValueError", otlp.STATUS_UNSET, Status.STATUS_CODE_ERROR, "ValueError"),
        ("ValueError", otlp.STATUS_OK, Status.STATUS_CODE_OK, ""),
    ],
)
def test_a_status_that_application_code_set_wins(encoder, error_type, status, code, text):
    extras = Extras()
    extras.annotations.set_status(status, "no stock")
    [message] = decoded(encoder, Record(error_type=error_type, extras=extras))

    assert (message.status.code, message.status.message) == (code, text)


def test_events_and_links_are_on_the_span(encoder):
    extras = Extras()
    extras.annotations.add_link(Link(b"\x07" * 16, b"\x08" * 8, 1, {"why": "merged"}, "vendor=1"))
    extras.annotations.add_link(Link(b"\x07" * 16, b"\x08" * 8, 1, {}, "vendor=bob@example.com"))
    [message] = decoded(encoder, Record(events=[(START, "picked", {"shop.bin": 7})], extras=extras))

    [event], [link, secret] = message.events, message.links
    assert (event.time_unix_nano, event.name, attributes(event)) == (START, "picked", {"shop.bin": 7})
    assert (link.trace_id, link.span_id, link.flags) == (b"\x07" * 16, b"\x08" * 8, 1)
    assert attributes(link) == {"why": "merged"}
    assert (link.trace_state, secret.trace_state) == ("vendor=1", "")


def test_a_call_is_a_child_with_the_id_that_its_server_was_told(encoder):
    call = Call(b"\x09" * 8, b"\x02" * 8, "GET", "https://a.example/b?c=d", START + 5, 0.25, 503, None)
    [own, child] = decoded(encoder, Record(extras=Extras(calls=[call], dropped_calls=4)))

    assert (child.trace_id, child.span_id, child.parent_span_id) == (own.trace_id, b"\x09" * 8, own.span_id)
    assert (child.name, child.kind, child.status.code) == (
        "GET",
        Span.SPAN_KIND_CLIENT,
        Status.STATUS_CODE_ERROR,
    )
    assert (child.start_time_unix_nano, child.end_time_unix_nano) == (START + 5, START + 250_000_005)
    assert attributes(child)["url.full"] == "https://a.example/b"
    assert attributes(own)["odoo.calls.dropped"] == 4


def test_statements_that_have_spans_from_the_driver_have_none_here_and_are_not_dropped(encoder):
    [message] = decoded(encoder, Record(statements=statements("SELECT 1"), uses_driver=True))

    assert attributes(message)["odoo.sql.count"] == 1
    assert "odoo.sql.dropped" not in attributes(message)


def test_a_name_that_application_code_gave_is_no_other_record_s(encoder):
    """Both have the same traits, by which names are remembered."""
    renamed = Record(name="checkout", extras=Extras())
    [first] = decoded(encoder, renamed)
    [second] = decoded(encoder, Record())
    [third] = decoded(encoder, renamed)

    assert [each.name for each in (first, second, third)] == ["checkout", "GET /web", "checkout"]


def test_a_plain_span_is_what_any_span_is(encoder):
    [plain] = decoded(encoder, Record())
    [other] = decoded(encoder, Record(extras=Extras()))

    assert plain == other
