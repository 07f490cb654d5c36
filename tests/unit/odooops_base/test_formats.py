"""Sizes, durations and moments as people and programs write them."""

from datetime import UTC, datetime

import pytest
from odooops_base.tools import formats

# As Odoo keeps it: without a zone, and meant in UTC.
MOMENT = datetime(2026, 11, 25, 3, 42, tzinfo=UTC).replace(tzinfo=None)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, ""),
        (1, "1 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (1_440_000_000, "1.4 GB"),
        (999_949, "999.9 kB"),
        (999_960, "1.0 MB"),
        (5e18, "5000.0 PB"),
    ],
)
def test_a_size_is_written_in_the_unit_that_fits(size, text):
    assert formats.size_text(size) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "< 1 s"),
        (42, "42 s"),
        (60, "1 min"),
        (125, "2 min 5 s"),
        (3599.6, "1 h"),
        (3601, "1 h"),
        (90061, "1 d 1 h"),
    ],
)
def test_a_duration_is_written_in_its_two_largest_units(seconds, text):
    assert formats.duration_text(seconds) == text


def test_a_moment_is_written_in_utc():
    assert formats.moment_text(MOMENT.replace(microsecond=5)) == "2026-11-25T03:42:00Z"
    assert formats.moment_text(None) == ""


@pytest.mark.parametrize(
    "text", ["2026-11-25T03:42:00Z", "2026-11-25 03:42:00", "2026-11-25T04:42:00.5+01:00", "20261125T034200Z"]
)
def test_a_moment_is_read_as_utc_unless_it_says_otherwise(text):
    assert formats.parse_moment(text) == MOMENT


@pytest.mark.parametrize("text", ["yesterday", "", "1764042120", "2026-13-01"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(ValueError, match=r"isoformat|month"):
        formats.parse_moment(text)
