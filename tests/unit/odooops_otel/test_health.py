"""What slots and reports say together: shares, costs and limits, by numbers that were worked out by hand."""

import pytest
from odooops_otel.tools import health
from slot_samples import slot

SECOND = health.SECOND


def described(**numbers):
    return health.describe(slot(**numbers))


def test_what_arrived_is_told_as_a_share_of_what_was_to_arrive():
    process = described(traces_sent=900, metrics_sent=97, traces_dropped_expired=2, logs_dropped_queue_full=1)

    assert process["completeness"] == 0.997
    assert process["dropped"] == {"expired": 2, "queue_full": 1}
    assert process["signals"]["traces"]["dropped"] == {"expired": 2}
    assert process["state"] == "recording"


def test_nothing_to_arrive_is_no_share():
    assert described()["completeness"] is False


def test_what_waits_in_a_process_that_was_killed_is_lost():
    process = described(pid=0, is_killed=True, traces_sent=5, traces_waiting=3, traces_dropped_killed=2)

    assert (process["state"], process["waiting"]) == ("killed", 0)
    assert process["dropped"] == {"killed": 5}
    assert process["completeness"] == 0.5


def test_requests_that_a_process_took_along_when_it_ended_are_lost():
    numbers = {"process_all_records": 1000, "process_lost": 4, "process_records": 50, "process_delivered": 44}

    assert described(**numbers)["lost"] == 4  # it may deliver them yet
    assert described(pid=0, is_killed=True, **numbers)["lost"] == 10
    assert health.total([described(pid=0, **numbers)])["counted"] == 0.99


def test_losses_are_those_of_the_report_and_of_who_has_no_successor():
    told = {"at": 5 * SECOND, "items": 3, "reason": "shutdown"}
    report = {"losses": [told], "written_at": 9 * SECOND}
    numbers = {"process_records": 7, "process_delivered": 3, "process_lost_at": 5 * SECOND}

    process = described(report=report, **numbers)
    assert (process["losses"], process["lost_at"]) == ([told], 5 * SECOND)
    process = described(pid=0, is_killed=True, report=report, **numbers)
    assert process["losses"] == [told, {"at": 9 * SECOND, "items": 4, "reason": "killed"}]
    assert process["lost_at"] == 9 * SECOND
    assert health.presentable(process)["losses"][0]["at"] == "1970-01-01 00:00:05"
    assert told["at"] == 5 * SECOND


def test_what_waits_in_a_process_that_runs_is_not_lost():
    process = described(traces_waiting=3, logs_waiting=1, traces_sent=1)

    assert (process["waiting"], process["dropped"], process["completeness"]) == (4, {}, 1.0)


def test_a_slot_that_nobody_has_is_free():
    assert described(pid=0)["state"] == "free"


def test_costs_are_those_of_a_request_and_a_share_of_the_cpu_time_since_it_recorded():
    process = described(
        process_records=200,
        process_overhead=8_000_000,  # 40 µs each
        process_background=12_000_000,  # 60 µs each
        process_cpu_before=1 * SECOND,
        facts={"cpu": 3.0, "memory": 1000},
    )

    assert (process["overhead_us"], process["background_us"]) == (40.0, 60.0)
    assert process["cpu_share"] == pytest.approx(0.01)
    assert process["memory"] == 1000.0


@pytest.mark.parametrize(("age", "share"), [(59, False), (60, 0.01), (600, 0.001)])
def test_the_background_is_a_share_of_one_processor_once_it_is_steady(age, share):
    process = described(
        process_started=SECOND,
        process_background=600_000_000,
        report={"written_at": (1 + age) * SECOND},
    )

    assert process["background_share"] == pytest.approx(share)


def test_the_background_of_all_processes_adds_up():
    def worker(age):
        return described(process_background=600_000_000, report={"written_at": age * SECOND})

    assert health.total([worker(60), worker(600), worker(3)])["background_share"] == pytest.approx(0.011)
    assert health.total([worker(3)])["background_share"] is False


@pytest.mark.parametrize(("records", "overhead"), [(99, False), (100, 10.0)])
def test_the_first_requests_tell_no_cost(records, overhead):
    process = described(process_records=records, process_overhead=records * 10_000, facts={"cpu": 1.0})

    assert process["overhead_us"] == overhead
    assert (process["cpu_share"] is False) == (overhead is False)


def test_the_background_of_the_evented_process_is_not_known():
    assert described(process_records=100, process_overhead=1)["background_us"] is False
    assert described(report={"written_at": 600 * SECOND})["background_share"] is False


def test_the_time_of_an_attempt_is_an_average():
    signal = described(traces_attempts=4, traces_attempt_time=10_000_000)["signals"]["traces"]

    assert signal["attempt_ms"] == 2.5
    assert described()["signals"]["traces"]["attempt_ms"] is False


def test_numbers_beyond_what_xml_rpc_can_carry_become_floats():
    process = described(traces_sent=2**31, metrics_sent=2**31 - 1)

    assert isinstance(process["signals"]["traces"]["sent"], float)
    assert isinstance(process["signals"]["metrics"]["sent"], int)
    assert isinstance(process["sent"], float)


def test_moments_are_presented_as_odoo_writes_them():
    at = 1_795_984_265 * SECOND + 999
    process = health.presentable(described(process_started=at, traces_delivered_at=at))

    assert process["since"] == process["delivered_at"] == "2026-11-29 20:31:05"
    assert process["signals"]["traces"]["delivered_at"] == "2026-11-29 20:31:05"
    assert process["signals"]["traces"]["failed_at"] == ""


def test_totals_are_of_all_slots_and_costs_of_an_average_request():
    cpu = {"cpu": 1.0, "memory": 100}
    total = health.total(
        [
            described(process_records=100, process_overhead=1_000_000, traces_sent=8, facts=cpu),  # 10 µs
            described(process_records=300, process_overhead=9_000_000, traces_sent=1, facts=cpu),  # 30 µs
            described(process_records=5, process_overhead=9_000_000, facts=cpu),  # cold
            described(pid=0, process_records=70, traces_dropped_shutdown=1),
        ]
    )

    assert (total["recording"], total["records"], total["sent"]) == (3, 405, 9)
    assert (total["dropped"], total["completeness"]) == ({"shutdown": 1}, 0.9)
    assert (total["overhead_us"], total["background_us"]) == (25.0, False)
    assert total["memory"] == 300


def test_totals_of_nothing():
    total = health.total([])

    assert (total["recording"], total["completeness"], total["overhead_us"]) == (0, False, False)


def row(metric, values, limit=1000, example=""):
    return {"metric": metric, "attribute": "a", "values": values, "limit": limit, "example": example}


def test_the_attributes_nearest_to_their_limit_come_first_and_once():
    rows = [row("m", 5), row("m", 9), row("n", 20, 10_000), row("o", 3), row("p", 1)]

    assert [(each["metric"], each["values"]) for each in health.rank_cardinality(rows, 3)] == [
        ("m", 9),
        ("o", 3),
        ("n", 20),
    ]


def test_an_attribute_over_its_limit_comes_before_all_others():
    # A process whose limit was reached, and one that is nearer to it by now
    rows = [row("m", 999), row("n", 3, example="x"), row("n", 4)]

    assert [each["metric"] for each in health.rank_cardinality(rows, 9)] == ["n", "m"]
    assert health.rank_cardinality(rows, 9)[0]["example"] == "x"
