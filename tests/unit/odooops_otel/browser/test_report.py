"""A report is read when it is exactly of its form, and refused as a whole when it is not."""

import pytest
from browser_reports import TRACE, WHOLE, changed, parse
from odooops_otel.tools.browser import report
from odooops_otel.tools.browser.checks import ReportError


def test_a_whole_report_is_read_in_seconds_before_it_was_sent():
    found = parse(WHOLE)

    assert found.page.path == "/odoo/contacts"
    assert found.page.trace.trace_id.hex() == "4bf92f3577b34da6a3ce929d0e0e4736"
    assert found.ago == 5.0
    assert found.load == ("navigate", 0.08, 0.0955, 0.7, 1.9, ("contacts.action_contacts", "kanban"))
    assert [rpc.shown for rpc in found.rpcs] == [(None, "list"), (None, None)]
    assert [(rpc.ago, rpc.duration, rpc.error) for rpc in found.rpcs] == [
        (4, 0.061, None),
        (3, 0.005, "server"),
    ]
    assert found.rpcs[0].trace.span_id.hex() == "00f067aa0ba902b7"
    assert found.rpcs[1].trace is None
    assert found.errors == [("TypeError", "boom", "TypeError: boom\n at x", 1.0)]
    assert found.vitals == [("lcp", 1.25), ("cls", 0.05)]


def test_the_least_report_says_which_page_it_is_about():
    found = parse({"version": 1, "now": 0, "page": {"id": "1" * 32, "path": "/"}})

    assert (found.load, found.rpcs, found.errors, found.vitals, found.page.trace) == (None, [], [], [], None)


WRONG = [
    ("version", 2),
    ("version", True),
    ("version", ...),
    ("now", -1),
    ("now", "5000"),
    ("now", 10**12),
    ("user", 1),
    ("page", None),
    ("page", []),
    ("page.id", "0AF7651916CD43DD8448EB211C80319C"),
    ("page.id", "0" * 32),
    ("page.id", "0" * 16 + "1" * 16),
    ("page.id", "1" * 33),
    ("page.path", "odoo"),
    ("page.path", "/odoo?token=x"),
    ("page.path", "/odoo\n"),
    ("page.path", "/" + "x" * 500),
    ("page.trace", TRACE[:-1] + "0"),
    ("page.trace", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"),
    ("page.trace", TRACE + "-and-more"),
    ("page.trace", 7),
    ("page.login", "admin"),
    ("load.type", "teleport"),
    ("load.duration", 5001),
    ("load.duration", ...),
    ("load", []),
    ("load.shown", "contacts.action_contacts"),
    ("load.shown.action", "Contacts of anna@example.com"),
    ("load.shown.action", "contacts"),
    ("load.shown.view", "x" * 31),
    ("load.shown.record", 7),
    ("rpcs.0.shown.action", 12),
    ("rpcs.0.shown.view", None),
    ("rpcs", {}),
    ("rpcs", [WHOLE["rpcs"][0]] * 101),
    ("rpcs.0", "x"),
    ("rpcs.0.at", 5001),
    ("rpcs.0.at", -1),
    ("rpcs.0.duration", 3_600_001),
    ("rpcs.0.path", ["/x"]),
    ("rpcs.0.params", {}),
    ("rpcs.1.error", "odoo.exceptions.UserError"),
    ("rpcs.1.error", None),
    ("errors", [WHOLE["errors"][0]] * 11),
    ("errors.0.type", "Type Error"),
    ("errors.0.type", "x" * 101),
    ("errors.0.message", None),
    ("errors.0.message", "x" * 1001),
    ("errors.0.stack", "x" * 5001),
    ("errors.0.at", None),
    ("vitals", [WHOLE["vitals"][0]] * 6),
    ("vitals.0.name", "fid"),
    ("vitals.0.value", None),
    ("vitals.1.value", 1001),
]


@pytest.mark.parametrize(("path", "value"), WRONG, ids=lambda part: str(part)[:30])
def test_what_is_not_of_the_form_is_refused_by_name_and_not_repeated(path, value):
    with pytest.raises(ReportError) as refused:
        parse(changed(path, value))
    text = str(refused.value)
    assert path.split(".")[0] in text or text.startswith("the report:")
    assert len(text) < 200
    assert "admin" not in text
    assert "token" not in text


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 60_000,
        b'{"version":1,"now":NaN,"page":{}}',
        b'{"now":' + b"1" * 10_000 + b"}",
        b" " * (report.MAX_BODY + 1),
    ],
    ids=range(10),
)
def test_what_is_no_report_at_all_is_refused(body):
    with pytest.raises(ReportError, match=r"^the report: "):
        report.parse(body)


def test_what_happened_more_than_an_hour_ago_is_refused():
    late = {**WHOLE, "now": 3_601_001}
    with pytest.raises(ReportError, match=r"^load: "):
        parse(late)
    del late["load"]
    with pytest.raises(ReportError, match=r"^rpcs\[0\]\.at: "):
        parse(late)
