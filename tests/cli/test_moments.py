"""Points in time as people write them."""

import argparse
import time
from datetime import UTC, datetime

import pytest

from odooops import moments

NOW = 1_795_567_368.0


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("30s", 30),
        ("10m", 600),
        ("2h", 7200),
        ("3d", 259200),
        ("1h30m", 5400),
        ("1.5h", 5400),
        ("500ms", 0.5),
    ],
)
def test_a_length_of_time(text, seconds):
    assert moments.span(text) == seconds
    assert moments.point(text, NOW) == NOW - seconds


@pytest.mark.parametrize(
    "text", ["", "10", "m", "10 m", "-10m", "10x", "10m!", "0s", "1e9d", "99999999999d", "m10"]
)
def test_what_is_none_is_refused_with_the_text_and_an_example(text):
    with pytest.raises(argparse.ArgumentTypeError) as refused:
        moments.span(text)
    assert repr(text) in str(refused.value)


@pytest.mark.parametrize(
    "text",
    [
        "2026-11-25T01:02:03+00:00",
        "2026-11-25T02:02:03+01:00",
        "2026-11-25 01:02:03Z",
        "2026-11-25T01:02:03.000+00:00",
    ],
)
def test_a_moment_with_its_zone(text):
    assert moments.point(text, NOW) == datetime(2026, 11, 25, 1, 2, 3, tzinfo=UTC).timestamp()


def test_a_moment_without_a_zone_is_local(monkeypatch):
    monkeypatch.setenv("TZ", "Asia/Kolkata")
    time.tzset()
    try:
        assert moments.point("2026-11-25", NOW) == datetime(2026, 11, 24, 18, 30, tzinfo=UTC).timestamp()
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize("text", ["yesterday", "2026-13-01", "25.11.2026", "2026-11-25T25:00", "10 minutes"])
def test_what_is_no_moment_is_refused(text):
    with pytest.raises(argparse.ArgumentTypeError):
        moments.point(text, NOW)
