"""A kept record becomes a server span and a span for each of its statements."""

import itertools

import pytest
from finished import START, Extras, Record
from odooops_otel.tools import activity, otlp, semconv, span
from odooops_otel.tools.annotations import Link
from odooops_otel.tools.attributes import MAX_VALUE
from odooops_otel.tools.calls import Call
from odooops_otel.tools.notable import NotableStatement
from odooops_otel.tools.place import Place
from opentelemetry.proto.trace.v1.trace_pb2 import ScopeSpans, Span, Status


@pytest.fixture
def encoder():
    numbers = itertools.count(1)
    return span.SpanEncoder(lambda size: b"".join(next(numbers).to_bytes(8, "big") for _ in range(size // 8)))


def decoded(encoder, record):
    return list(ScopeSpans.FromString(b"".join(encoder.encode(record))).spans)


def attributes(message):
    return {pair.key: getattr(pair.value, pair.value.WhichOneof("value")) for pair in message.attributes}


def statements(*texts):
    return [(text, 1_764_000_000.25 + index, 0.125) for index, text in enumerate(texts)]


def failed_statement(text, error_type, code):
    return NotableStatement(text, 1_764_000_000.25, 0.125, None, None, False, error_type, code)


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


def test_a_statement_is_a_child_of_its_record(encoder):
    record = Record(statements=statements("SELECT a FROM res_partner WHERE id = 7", "UPDATE t SET a = %s"))
    own, first, second = decoded(encoder, record)

    assert [child.trace_id for child in (first, second)] == [own.trace_id] * 2
    assert [child.parent_span_id for child in (first, second)] == [own.span_id] * 2
    assert [child.span_id for child in (first, second)] == [bytes(7) + b"\x01", bytes(7) + b"\x02"]
    assert [child.name for child in (first, second)] == ["SELECT res_partner", "UPDATE t"]
    assert first.kind == second.kind == Span.SPAN_KIND_CLIENT
    # Odoo gives seconds as a float, which holds the time to a quarter of a microsecond.
    assert first.start_time_unix_nano == pytest.approx(1_764_000_000_250_000_000, abs=256, rel=0)
    assert first.end_time_unix_nano - first.start_time_unix_nano == 125_000_000
    assert attributes(first) == {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "db.operation.name": "SELECT",
        "db.collection.name": "res_partner",
        "db.query.text": "SELECT a FROM res_partner WHERE id = ?",
    }


def test_what_is_not_known_of_a_statement_is_left_out(encoder):
    _own, child = decoded(encoder, Record(statements=statements("SELECT 1"), database=None))

    assert attributes(child).keys() == {"db.system.name", "db.operation.name", "db.query.text"}


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


def test_a_statement_that_failed_is_a_child_with_its_code(encoder):
    failed = failed_statement("SELECT 's3cr3t' FROM t", "psycopg2.errors.UndefinedTable", "42P01")
    own, child = decoded(encoder, Record(failed_statements=[failed]))

    assert (child.trace_id, child.parent_span_id) == (own.trace_id, own.span_id)
    assert (child.name, child.kind) == ("SELECT t", Span.SPAN_KIND_CLIENT)
    assert child.end_time_unix_nano - child.start_time_unix_nano == pytest.approx(125_000_000, abs=512, rel=0)
    assert (child.status.code, child.status.message) == (Status.STATUS_CODE_ERROR, failed.error_type)
    assert attributes(child) == {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "db.operation.name": "SELECT",
        "db.collection.name": "t",
        "db.query.text": "SELECT ? FROM t",
        "error.type": "psycopg2.errors.UndefinedTable",
        "db.response.status_code": "42P01",
    }


def test_a_slow_statement_is_a_child_with_its_line_its_session_and_its_wait(encoder):
    wait = activity.Wait("tuple", 1.5, (activity.Blocker(12, "active", "odoo-99", "UPDATE t"),))
    seen = [activity.Sighting(1_764_000_001.5, 11, -5, wait)]
    place = Place("odoo.addons.sale.models.sale_order", "/x/sale_order.py", "SaleOrder.confirm", 123)
    statement = NotableStatement("UPDATE t SET a = 'secret'", 1_764_000_000.5, 2.0, 11, place, sightings=seen)
    own, child = decoded(encoder, Record(slow_statements=[statement], statement_count=1))

    assert (child.name, child.kind, child.parent_span_id) == ("UPDATE t", Span.SPAN_KIND_CLIENT, own.span_id)
    assert (child.start_time_unix_nano, child.end_time_unix_nano) == (
        1_764_000_000_500_000_000,
        1_764_000_002_500_000_000,
    )
    assert attributes(child) == {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "db.operation.name": "UPDATE",
        "db.collection.name": "t",
        "db.query.text": "UPDATE t SET a = ?",
        "odoo.sql.slow": True,
        "odooops.postgresql.backend.pid": 11,
        "odooops.postgresql.query.id": "-5",
        "code.file.path": "odoo/addons/sale/models/sale_order.py",
        "code.line.number": 123,
        "code.function.name": "SaleOrder.confirm",
    }
    [event] = child.events
    assert (event.name, event.time_unix_nano) == ("odoo.sql.lock_wait", 1_764_000_001_500_000_000)
    assert attributes(own)["odoo.sql.lock_wait.time"] == 1.5
    assert "odoo.sql.dropped" not in attributes(own)


def test_what_the_statements_say_is_on_the_span(encoder):
    [own] = decoded(encoder, Record(diagnosis={"odoo.sql.repeated.count": 83, "odoo.sql.table.names": ["t"]}))

    told = {pair.key: pair.value for pair in own.attributes}
    assert told["odoo.sql.repeated.count"].int_value == 83
    assert [each.string_value for each in told["odoo.sql.table.names"].array_value.values] == ["t"]


def test_a_statement_that_never_reached_the_server_has_no_code(encoder):
    failed = failed_statement("SELECT 1", "psycopg2.InterfaceError", None)
    _own, child = decoded(encoder, Record(failed_statements=[failed]))

    assert "db.response.status_code" not in attributes(child)


def test_statements_put_together_are_one_child_from_the_first_to_the_last(encoder):
    summaries = {
        ("SELECT", "res_partner"): [412, 1.5, 1_764_000_000.25, 1_764_000_004.5],
        ("COMMIT", ""): [1, 0.0, 1.0, 1.0],
    }
    own, selects, commits = decoded(encoder, Record(statements=[], statement_count=420, summaries=summaries))

    assert (selects.name, commits.name) == ("SELECT res_partner", "COMMIT")
    assert (selects.trace_id, selects.parent_span_id) == (own.trace_id, own.span_id)
    assert selects.end_time_unix_nano - selects.start_time_unix_nano == pytest.approx(
        4_250_000_000, abs=512, rel=0
    )
    assert attributes(selects) == {
        "db.system.name": "postgresql",
        "db.namespace": "shop",
        "db.operation.name": "SELECT",
        "db.collection.name": "res_partner",
        "odoo.sql.count": 412,
        "odoo.sql.time": 1.5,
    }
    # What is in no span at all
    assert attributes(own)["odoo.sql.dropped"] == 420 - 413


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


def test_no_value_of_a_statement_is_in_the_bytes(encoder):
    texts = [
        "SELECT 's3cr3t' FROM t",
        "SELECT $x$s3cr3t$x$",
        "INSERT INTO t VALUES ('s3cr3t')",
        "/* s3cr3t */ SELECT 1",
    ]

    assert b"s3cr3t" not in b"".join(encoder.encode(Record(statements=statements(*texts))))


def test_the_second_time_is_as_the_first(encoder):
    record = Record(statements=statements("SELECT a FROM t", "SELECT a FROM t", "SELECT b FROM u"))
    first, second = decoded(encoder, record), decoded(encoder, record)
    for message in first + second:
        message.span_id = b""

    assert first == second
    assert first[1].name == first[2].name == "SELECT t"


def test_databases_do_not_share_what_is_cached(encoder):
    for database in ("shop", "club", None, "shop"):
        _own, child = decoded(encoder, Record(statements=statements("SELECT 1"), database=database))
        assert attributes(child).get("db.namespace") == database


def test_equal_values_of_other_types_are_not_confused(encoder):
    for value in (1, True, 1.0, "1", 0, False, 0.0, "", "0"):
        [message] = decoded(encoder, Record(own={"url.path": value}))
        assert type(attributes(message)["url.path"]) is type(value)
        assert attributes(message)["url.path"] == value


def test_more_statements_than_the_cache_holds_are_encoded_all_the_same(encoder, monkeypatch):
    monkeypatch.setattr(span, "MAX_CACHED", 3)
    for database in ("shop", "club"):
        texts = [f"SELECT a{number} FROM t{number}" for number in range(10)] * 2
        _own, *children = decoded(encoder, Record(statements=statements(*texts), database=database))
        assert [child.name for child in children] == [f"SELECT t{number}" for number in range(10)] * 2
        [message] = decoded(encoder, Record(own={f"a.{number}": "b" for number in range(10)}))
        assert len(message.attributes) == 12


def test_memory_stays_bounded_whatever_is_encoded(encoder):
    for number in range(3 * span.MAX_CACHED):
        record = Record(
            own={"url.path": f"/{number}", "user_agent.original": f"{number}" * (number % 300)},
            statements=statements(f"SELECT a{number}", f"INSERT INTO t VALUES ('{number}{'x' * 6000}')"),
            database=f"db{number % 7}",
        )
        encoder.encode(record)

    assert len(encoder._traits) <= span.MAX_TRAITS
    assert max(map(len, encoder._traits.values())) <= span.MAX_TRAITS_BYTES
    assert sum(map(len, encoder._statements.values())) <= span.MAX_CACHED
    assert (
        max(len(text) for cache in encoder._statements.values() for text in cache)
        <= span.MAX_CACHED_STATEMENT
    )


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
