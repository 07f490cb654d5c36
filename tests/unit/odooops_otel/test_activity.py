"""Sightings of PostgreSQL's sessions: what is kept of them, joined by, and counted."""

import pytest
from odooops_otel.tools import activity
from odooops_otel.tools.activity import Blocker, Sighting, Wait, Waits

BLOCKER = Blocker(12, "idle in transaction", "odoo-99", "UPDATE res_partner SET name = ?")
WAIT = Wait("transactionid", 2.5, (BLOCKER,))
SIGHTINGS = [Sighting(100.5, 11, -123, WAIT), Sighting(101.5, 13, None, None)]


def test_what_was_dumped_is_loaded():
    assert activity.load(activity.dump(SIGHTINGS)) == SIGHTINGS
    assert activity.load(activity.dump([])) == []


@pytest.mark.parametrize(
    "text", ["", "{", "[1]", "[[1, 2]]", "null", "[[1.0, 2, 3, [4]]]", "[[1, 2, 3, 4, 5]]"]
)
def test_what_is_no_dump_is_refused(text):
    with pytest.raises(activity.Unreadable):
        activity.load(text)


def test_a_session_is_joined_by_its_number_and_the_time():
    assert activity.during(SIGHTINGS, 11, 100.0, 101.0) == SIGHTINGS[:1]
    assert activity.during(SIGHTINGS, 11, 100.6, 102.0) == []
    assert activity.during(SIGHTINGS, 11, 99.0, 100.4) == []
    assert activity.during(SIGHTINGS, 12, 100.0, 101.0) == []


def test_clocks_may_differ_by_a_little():
    assert activity.during(SIGHTINGS, 11, 100.51, 101.0) == SIGHTINGS[:1]


def test_no_value_of_a_blocker_s_statement_is_kept():
    found = activity.blocker(
        12, "active", "odoo-99", "UPDATE res_partner SET name = 's3cr3t' WHERE id = 4711"
    )

    assert found.query == "UPDATE res_partner SET name = ? WHERE id = ?"
    assert activity.blocker(12, None, None, None) == Blocker(12, None, None, "")


def test_a_wait_says_who_has_the_lock():
    assert WAIT.attributes() == {
        "odoo.sql.lock_wait.event": "transactionid",
        "odoo.sql.lock_wait.time": 2.5,
        "odooops.postgresql.blocking.pids": [12],
        "odooops.postgresql.blocking.sessions": [
            "12 (odoo-99, idle in transaction): UPDATE res_partner SET name = ?"
        ],
    }
    assert str(Blocker(12, None, None, "")) == "12 (?, ?): ?"


def test_a_wait_is_counted_once_when_it_has_ended():
    waits = Waits()
    assert waits.update([(11, "tuple", "t", 0.5)]) == []
    assert waits.update([(11, "tuple", "t", 1.5), (12, "tuple", "t", 0.2)]) == []
    assert waits.update([(12, "tuple", "t", 1.2)]) == [("tuple", "t", 1.5)]
    assert waits.update([]) == [("tuple", "t", 1.2)]
    assert waits.update([]) == []


def test_a_session_that_waits_anew_has_waited_twice():
    waits = Waits()
    waits.update([(11, "tuple", "t", 5.0)])

    assert waits.update([(11, "relation", "u", 0.3)]) == [("tuple", "t", 5.0)]
