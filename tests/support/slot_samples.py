"""Slots of telemetry as ``telemetry/health.py`` reads them, with numbers of the test's own."""

from typing import Any

SIGNALS = ("traces", "metrics", "logs")
OF_A_SIGNAL = ("waiting", "attempts", "attempt_time", "delivered_at", "failed_at")
OF_A_PROCESS = ("started", "cpu_before", "records", "delivered", "lost_at", "overhead", "background")


def slot(
    name: str = "http-0",
    pid: int = 7,
    *,
    is_killed: bool = False,
    report: dict | None = None,
    facts: dict | None = None,
    **numbers: int,
) -> dict[str, Any]:
    """A slot whose numbers are 0 but for these: ``traces_sent=3, traces_dropped_expired=2, process_records=5``.

    ``traces_dropped_at_expired`` is a moment; ``process_all_records`` is the counter, of all processes that had the
    slot.
    """
    counters: dict[tuple, int] = {(signal, what): 0 for signal in SIGNALS for what in ("sent", "failed")}
    counters |= {("process", what): 0 for what in ("records", "lost")}
    states = {("process", what): 0 for what in OF_A_PROCESS}
    states |= {(signal, what): 0 for signal in SIGNALS for what in OF_A_SIGNAL}
    for key, number in numbers.items():
        subject, _sign, what = key.partition("_")
        if what.startswith("all_"):
            counters[subject, what.removeprefix("all_")] = number
        elif (subject, what) in states:
            states[subject, what] = number
        elif what.startswith("dropped_at_"):
            states[subject, "dropped_at", what.removeprefix("dropped_at_")] = number
        elif what.startswith("dropped_"):
            counters[subject, "dropped", what.removeprefix("dropped_")] = number
        elif what.startswith("exit_"):
            counters[subject, "exit", what.removeprefix("exit_")] = number
        else:
            counters[subject, what] = number
    return {
        "name": name,
        "pid": pid,
        "is_killed": is_killed,
        "created": 1,
        "counters": counters,
        "states": states,
        "report": report or {},
        "facts": facts or {},
    }
