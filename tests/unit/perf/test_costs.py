"""From what the overhead benchmark measured to its rows."""

import costs
import pytest

OFF = [4e-3] * 20  # 4 ms a request


def found(rows: list[dict], variant: str) -> dict[str, dict]:
    return {row["figure"]: row for row in rows if row["labels"].get("variant") == variant}


def rows(*measured: costs.Measured) -> list[dict]:
    return costs.rows("search", 5, OFF, measured)


def test_ours_is_what_it_times_itself_and_what_it_uses_in_the_background():
    ours = costs.Measured("default", [4.5e-3] * 20, background=20e-6, self_timed=30e-6)

    figures = found(rows(ours), "default")

    assert costs.cost(OFF, ours) == pytest.approx(50e-6)
    assert figures["self-timed"]["value"] == pytest.approx(30)
    assert figures["self-timed"]["goal"] == 55
    assert figures["background"]["goal"] == 80
    assert figures["share"]["value"] == pytest.approx(1.25)
    assert figures["share"]["met"] is False


def test_what_does_not_time_itself_costs_what_a_b_says():
    stock = costs.Measured("stock", [4.4e-3] * 20, background=200e-6)

    figures = found(rows(stock), "stock")

    assert costs.cost(OFF, stock) == pytest.approx(600e-6)
    assert figures["A/B"]["value"] == pytest.approx(400)
    assert "self-timed" not in figures
    assert figures["share"]["value"] == pytest.approx(15)
    assert figures["share"]["goal"] is None


def test_a_variant_without_telemetry_has_only_its_difference():
    figures = found(rows(costs.Measured("off again", OFF)), "off again")

    assert set(figures) == {"A/B"}


@pytest.mark.parametrize(("base", "goal"), [(2e-3, 3.0), (4e-3, 2.0)])
def test_small_requests_may_cost_a_greater_share(base, goal):
    ours = costs.Measured("100 %, every statement", [base], background=0.0, self_timed=0.0)

    figures = found(costs.rows("login", 3, [base] * 20, [ours]), ours.variant)

    assert figures["share"]["goal"] == goal


def test_only_ours_are_compared_with_the_stock_instrumentation():
    compared = costs.cheaper("search", 600e-6, {"default": 50e-6, "100 %": 100e-6, "sentry": 1e-3})

    assert [(row["labels"]["variant"], row["value"], row["met"]) for row in compared] == [
        ("default", 12, True),
        ("100 %", 6, False),
    ]


def test_the_line_goes_through_the_workloads_of_one_variant():
    one = costs.rows("few", 5, OFF, [costs.Measured("default", OFF, 30e-6, 25e-6)])
    other = costs.rows("many", 95, OFF, [costs.Measured("default", OFF, 120e-6, 115e-6)])

    lines = {row["figure"]: row["value"] for row in costs.lines(one + other, {})}

    assert lines == pytest.approx(
        {
            "self-timed a request": 20,
            "self-timed a statement": 1,
            "background a request": 25,
            "background a statement": 1,
        }
    )


def test_one_workload_gives_no_line():
    assert costs.lines(rows(costs.Measured("default", OFF, 30e-6, 25e-6)), {}) == []


def test_an_export_of_metrics_is_told_by_variant():
    [row] = costs.lines([], {"default": [1e-3, 3e-3]})

    assert (row["figure"], row["value"], row["unit"]) == ("export of metrics", 2, "ms")
    assert row["labels"] == {"variant": "default"}


def test_a_workload_measured_a_second_time_for_others_is_described_once():
    again = costs.rows("search", None, OFF, [costs.Measured("sentry", [5e-3] * 20, 500e-6)])

    assert {row["figure"] for row in again} == {"A/B", "background", "share"}
