"""A kept record becomes a span for each of its statements, or for several put together."""

import math
import struct

import odooops_native
import pytest
from finished import Record, attributes, decoded, failed_statement, make_encoder, statements
from odooops_otel.tools import activity, span, statement_spans
from odooops_otel.tools.notable import NotableStatement
from odooops_otel.tools.place import Place
from odooops_otel.tools.writers import PYTHON, Writers
from opentelemetry.proto.trace.v1.trace_pb2 import Span, Status

COMPILED = Writers(children=odooops_native.encode_children, summed=odooops_native.encode_summed)


@pytest.fixture(params=[PYTHON, COMPILED], ids=["python", "compiled"])
def encoder(request):
    return make_encoder(request.param)


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


def test_no_value_of_a_statement_is_in_the_bytes(encoder):
    texts = [
        "SELECT 's3cr3t' FROM t",
        "SELECT $x$s3cr3t$x$",
        "INSERT INTO t VALUES ('s3cr3t')",
        "/* s3cr3t */ SELECT 1",
    ]

    assert b"s3cr3t" not in b"".join(encoder.encode(Record(statements=statements(*texts))).bodies)


def test_databases_do_not_share_what_is_cached(encoder):
    for database in ("shop", "club", None, "shop"):
        _own, child = decoded(encoder, Record(statements=statements("SELECT 1"), database=database))
        assert attributes(child).get("db.namespace") == database


def test_more_statements_than_the_cache_holds_are_encoded_all_the_same(encoder, monkeypatch):
    monkeypatch.setattr(statement_spans, "MAX_CACHED", 3)
    for database in ("shop", "club"):
        texts = [f"SELECT a{number} FROM t{number}" for number in range(10)] * 2
        _own, *children = decoded(encoder, Record(statements=statements(*texts), database=database))
        assert [child.name for child in children] == [f"SELECT t{number}" for number in range(10)] * 2
        [message] = decoded(encoder, Record(own={f"a.{number}": "b" for number in range(10)}))
        assert len(message.attributes) == 12


def test_memory_stays_bounded_whatever_is_encoded(encoder):
    for number in range(3 * statement_spans.MAX_CACHED):
        record = Record(
            own={"url.path": f"/{number}", "user_agent.original": f"{number}" * (number % 300)},
            statements=statements(f"SELECT a{number}", f"INSERT INTO t VALUES ('{number}{'x' * 6000}')"),
            database=f"db{number % 7}",
        )
        encoder.encode(record)

    assert len(encoder._traits) <= span.MAX_TRAITS
    assert max(len(body) for _label, body in encoder._traits.values()) <= span.MAX_TRAITS_BYTES
    assert sum(map(len, encoder._statements._statements.values())) <= statement_spans.MAX_CACHED
    assert (
        max(len(text) for cache in encoder._statements._statements.values() for text in cache)
        <= statement_spans.MAX_CACHED_STATEMENT
    )


def test_spans_of_statements_are_counted_one_by_one(encoder):
    record = Record(statements=statements("SELECT 1", "SELECT 2", "SELECT 3"))
    encoded = encoder.encode(record)

    assert (encoded.span_count, len(encoded.bodies)) == (4, 2)
    assert encoder.encode(Record()).span_count == 1
    assert encoder.encode(Record(work=())).span_count == encoder.encode(Record(work=[])).span_count == 1


def test_statements_with_spans_from_the_driver_have_none_of_ours(encoder):
    encoded = encoder.encode(Record(statements=statements("SELECT 1"), uses_driver=True))

    assert (encoded.span_count, len(encoded.bodies)) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        ("a", {}, None, b"", b"", b""),
        ([("a", 1.0, 1.0)], [], None, b"", b"", b""),
        ([("a", 1.0, 1.0)], {}, lambda text: None, b"", b"", bytes(8)),
        ([("a", 1.0, 1.0)], {"a": (b"", b"", "")}, None, b"", b"", bytes(8)),
        ([("a", 1.0, 1.0)], {}, None, "", b"", bytes(8)),
    ],
)
def test_what_cannot_be_encoded_is_refused(wrong):
    with pytest.raises(TypeError):
        odooops_native.encode_children(*wrong)


def test_as_many_ids_as_statements_are_asked_for():
    with pytest.raises(ValueError, match="fewer ids"):
        odooops_native.encode_children(
            [("a", 1.0, 1.0)] * 2, {"a": (b"", b"", b"")}, None, b"", b"", bytes(8)
        )


@pytest.mark.parametrize("encode_children", [statement_spans.encode_children, odooops_native.encode_children])
@pytest.mark.parametrize(
    ("start", "delay"), [(math.nan, 0.0), (math.inf, 0.0), (1e12, 0.0), (-1.0, 0.0), (1.0, -2.0)]
)
def test_times_that_no_clock_says_are_refused(encode_children, start, delay):
    with pytest.raises((ValueError, OverflowError, struct.error)):
        encode_children([("a", start, delay)], {"a": (b"", b"", b"")}, None, b"", b"", bytes(8))
