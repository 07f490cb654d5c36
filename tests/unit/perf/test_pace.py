"""The pace of OpenTelemetry's performance benchmark."""

import otel_protocol
import pytest


class Clock:
    """A clock that only sleeping and working move."""

    def __init__(self):
        self.now = 0.0

    def monotonic(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock(monkeypatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(otel_protocol, "time", made)
    return made


def test_as_many_are_made_as_asked_for_in_the_time_that_was_asked_for(clock):
    assert otel_protocol.pace(lambda: None, 10_000, 2.0) == pytest.approx(20_000, rel=0.01)
    assert clock.now == pytest.approx(2.0, rel=0.01)


def test_a_pause_is_made_up_for(clock):
    pauses = iter([0.1])

    count = otel_protocol.pace(lambda: clock.sleep(next(pauses, 0.0)), 1000, 1.0)

    assert count == pytest.approx(1000, rel=0.02)


def test_what_is_too_slow_for_the_pace_makes_fewer_and_ends_all_the_same(clock):
    count = otel_protocol.pace(lambda: clock.sleep(0.005), 1000, 1.0)

    assert 200 <= count <= 260
    assert clock.now < 1.5
