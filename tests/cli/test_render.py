"""What a query found, as text for people."""

import time

import pytest

from odooops import render, text
from odooops.backends.loki import Line
from odooops.backends.prometheus import Series
from odooops.backends.tempo import Event, Span

SECOND = 1_000_000_000
START = 1_795_567_368 * SECOND


@pytest.fixture(autouse=True)
def berlin(monkeypatch):
    """A machine that is an hour ahead of UTC."""
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def span(number, parent, start, milliseconds, name="SELECT x", **more):
    begin = START + start * 1_000_000
    values = {"service": "odoo", "kind": "client", "is_error": False} | more
    return Span(number, parent, name, start_ns=begin, end_ns=begin + milliseconds * 1_000_000, **values)


def test_a_moment_is_local_with_its_offset():
    assert text.moment(START + 611_266_848) == "2026-11-25 01:42:48.611+01:00"


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (0, "0 µs"),
        (0.0000042, "4.2 µs"),
        (0.0123, "12.3 ms"),
        (1.5, "1.5 s"),
        (999, "999 s"),
        (4000, "4000 s"),
    ],
)
def test_a_duration_has_a_fitting_unit(seconds, said):
    assert text.duration(seconds) == said


def test_what_was_logged_cannot_steer_the_terminal():
    line = Line(START, {"service_name": "odoo", "severity_text": "ERROR"}, "a\x1b]0;x\x07b\u202ed\te")
    assert render.log_line(line) == (
        "2026-11-25 01:42:48.000+01:00  odoo          ERROR     a\\x1b]0;x\\x07b\\u202ed\te"
    )


def test_a_log_line_shows_the_trace_it_belongs_to():
    line = Line(START, {"detected_level": "info", "trace_id": "ab" * 16}, "served")
    assert render.log_line(line).endswith(f"-             INFO      served  trace_id={'ab' * 16}")


def test_further_lines_and_a_traceback_are_set_in_and_pass_for_no_line_of_their_own():
    labels = {"exception_stacktrace": "Traceback\n  File x\x1b[2J"}
    shown = render.log_line(Line(START, labels, "failed:\n2026-11-25 01:42:48.000+01:00  forged"))
    assert shown.splitlines()[1:] == [
        "    2026-11-25 01:42:48.000+01:00  forged",
        "    Traceback",
        "      File x\\x1b[2J",
    ]


def test_a_value_of_now_is_a_line_a_series():
    found = [Series({"__name__": "up", "job": "a"}, [(1.0, "1")]), Series({}, [(1.0, "NaN")])]
    assert render.metrics_table(found) == 'VALUE  SERIES\n1      up{job="a"}\nNaN    {}'


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("0.15549403103444404", "0.155494"),
        ("1795567796474", "1795567796474"),
        ("0.25", "0.25"),
        ("+Inf", "+Inf"),
    ],
)
def test_fractions_are_shortened_and_whole_numbers_are_not(value, shown):
    assert render.metrics_table([Series({}, [(1.0, value)])]).split()[2] == shown


def test_a_label_with_quotes_is_written_as_promql_does():
    series = Series({"__name__": "x", "path": 'a"b\\c\nd', "name": "it's"}, [])
    assert render.name(series) == 'x{name="it\'s", path="a\\"b\\\\c\\nd"}'


def test_values_over_a_period_are_summed_up_in_a_line():
    found = [
        Series({"__name__": "x"}, [(float(at), value) for at, value in enumerate(["1", "NaN", "3", "2"])])
    ]
    head, line = render.metrics_table(found).splitlines()
    assert head.split() == ["LAST", "MIN", "MAX", "POINTS", "COURSE", "SERIES"]
    assert line.split() == ["2", "1", "3", "4", "▁█▄", "x"]


def test_a_course_of_many_points_is_cut_and_a_flat_one_is_flat():
    assert len(render.spark([float(n) for n in range(500)])) == 30
    assert render.spark([5.0, 5.0]) == "▁▁"
    assert render.spark([]) == ""


def test_a_trace_is_a_tree():
    spans = [
        span("a", "", 0, 100, "POST /web", kind="server"),
        span("b", "a", 10, 80, "res.partner.read", is_error=True),
        span("c", "b", 20, 1),
        span("d", "b", 30, 1, "SELECT y"),
        span("e", "a", 90, 10, "SELECT z"),
    ]
    lines = render.tree("ab" * 16, spans).splitlines()

    assert lines[0] == f"trace {'ab' * 16}  2026-11-25 01:42:48.000+01:00  100 ms  5 spans"
    assert [line[:29].rstrip() for line in lines[2:]] == [
        "SPAN",
        "POST /web",
        "├─ res.partner.read  ✗ error",
        "│  ├─ SELECT x",
        "│  └─ SELECT y",
        "└─ SELECT z",
    ]
    assert lines[3].endswith("+0 µs   100 ms    ████████████████████")
    assert lines[-1].endswith("+90 ms  10 ms                       ██")


def test_what_happened_within_a_span_stands_below_it():
    attributes = {
        "exception.type": "ValueError",
        "exception.message": "no\nnumber",
        "exception.stacktrace": "…",
    }
    retried = Event(START + 91_000_000, "odoo.request.retry", {"error.type": "SerializationFailure"})
    raised = Event(START + 12_000_000, "exception", attributes)
    spans = [
        span("a", "", 0, 100, "POST /web"),
        span("b", "a", 10, 80, "res.partner.read", events=[raised]),
        span("c", "a", 90, 1, events=[retried]),
    ]

    lines = render.tree("ab" * 16, spans).splitlines()

    assert lines[4].startswith("├─ res.partner.read")
    assert lines[5] == "│     ! exception ValueError: no number after 2 ms"
    assert lines[7] == '      ! odoo.request.retry error.type="SerializationFailure" after 1 ms'


def test_an_exception_without_a_message_is_told_by_its_type():
    [*_rest, line] = render.tree(
        "ab" * 16, [span("a", "", 0, 9, events=[Event(START, "exception", {"exception.type": "KeyError"})])]
    ).splitlines()

    assert line == "   ! exception KeyError after 0 µs"


def test_spans_whose_parent_is_missing_or_themselves_are_shown_too():
    spans = [span("b", "gone", 0, 5, "orphan"), span("x", "y", 1, 1, "one"), span("y", "x", 1, 1, "other")]
    shown = render.tree("ab" * 16, spans)
    assert all(name in shown for name in ("orphan", "one", "other"))
    assert shown.count("odoo") == 3


def test_a_span_that_stands_for_several_calls_tells_how_many_and_their_own_time():
    told = {"odoo.orm.count": 12, "odoo.orm.time": 0.0042, "odoo.orm.records": 80}
    spans = [
        span("a", "", 0, 900, "GET /web"),
        span("b", "a", 10, 800, "search res.partner", attributes=told),
        span("c", "a", 20, 1, "read res.users", attributes=told | {"odoo.orm.count": 1}),
    ]
    shown = render.tree("ab" * 16, spans)

    assert "├─ search res.partner  (12 calls, 4.2 ms)  odoo" in shown
    assert "└─ read res.users  (1 call, 4.2 ms)  " in shown
    assert "GET /web  odoo" in " ".join(shown.split()).replace("GET /web odoo", "GET /web  odoo")
