"""A slow or failed statement is told with its line of code, its session and what it waited for."""

from odooops_otel.tools import notable, semconv
from odooops_otel.tools.activity import Blocker, Sighting, Wait
from odooops_otel.tools.place import Place

HERE = Place("odoo.addons.sale.models.sale_order", "/x/sale_order.py", "SaleOrder.confirm", 123)
BLOCKERS = (Blocker(12, "active", "odoo-99", "UPDATE t"),)


def statement(duration=1.0, sightings=(), pid=11, place=HERE):
    return notable.NotableStatement("SELECT 1", 100.0, duration, pid, place, sightings=sightings)


def test_it_says_who_ran_it_and_which_line_sent_it():
    assert statement().attributes() == {
        "odoo.sql.slow": True,
        "odooops.postgresql.backend.pid": 11,
        "odooops.postgresql.query.id": None,
        "error.type": None,
        "db.response.status_code": None,
        "code.file.path": "odoo/addons/sale/models/sale_order.py",
        "code.line.number": 123,
        "code.function.name": "SaleOrder.confirm",
    }
    assert set(statement().attributes()) <= semconv.attribute_names("span")
    assert statement().events() == []


def test_one_that_failed_says_why_and_is_slow_only_if_it_was():
    failed = statement()
    failed.is_slow, failed.error_type, failed.code = False, "psycopg2.errors.UndefinedTable", "42P01"

    told = {key: value for key, value in failed.attributes().items() if value is not None}
    assert told["error.type"] == "psycopg2.errors.UndefinedTable"
    assert told["db.response.status_code"] == "42P01"
    assert "odoo.sql.slow" not in told


def test_the_id_of_the_query_is_postgresql_s_where_somebody_saw_it():
    seen = [Sighting(100.1, 11, None, None), Sighting(101.1, 11, -5, None)]

    assert statement(sightings=seen).attributes()["odooops.postgresql.query.id"] == "-5"


def test_the_wait_that_was_seen_longest_is_an_event_at_its_time():
    waits = [Wait("tuple", seconds, BLOCKERS) for seconds in (0.5, 1.5)]
    seen = [Sighting(100.5 + number, 11, 7, wait) for number, wait in enumerate(waits)]

    [(at, name, attributes)] = statement(sightings=[*seen, Sighting(103.0, 11, 7, None)]).events()

    assert (at, name) == (101_500_000_000, semconv.LOCK_WAIT_EVENT)
    assert attributes["odoo.sql.lock_wait.time"] == 1.5
    [declared] = [event for event in semconv.EVENTS if event.name == name]
    assert set(attributes) == set(declared.attributes)


def test_the_slowest_are_kept(monkeypatch):
    monkeypatch.setattr(notable, "MAX_SLOW", 2)
    found = []
    for duration in (1.0, 3.0, 2.0, 0.5):
        notable.add(found, statement(duration))

    assert sorted(each.duration for each in found) == [2.0, 3.0]
