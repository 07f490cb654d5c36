"""A person is told what Odoo said, whatever the form of its log."""

import json

from odooops.stack import odoo_log
from odooops.stack.run import cause

SAID = "Telemetry: OTEL_METRIC_EXPORT_INTERVAL='abc' is not a whole number"
ENTRY = {"severity_text": "WARNING", "logger": odoo_log.SETTINGS_LOGGER, "body": SAID, "process.pid": 77}


def test_a_warning_about_the_settings_is_found_in_both_forms():
    text = f"2026-11-23 21:00:00,000 77 WARNING ? {odoo_log.SETTINGS_LOGGER}: {SAID} \n"

    assert odoo_log.warning_about_settings(text, 77) == SAID
    assert odoo_log.warning_about_settings(json.dumps(ENTRY), 77) == SAID


def test_what_is_no_warning_about_the_settings_is_passed_over():
    others = [
        ENTRY | {"process.pid": 70},
        ENTRY | {"severity_text": "INFO"},
        ENTRY | {"logger": "odoo.http"},
        {"something": "else"},
    ]
    lines = [*map(json.dumps, others), '{"cut off": ', "", f"77 INFO ? {odoo_log.SETTINGS_LOGGER}: {SAID}"]

    assert [odoo_log.warning_about_settings(line, 77) for line in lines] == [""] * len(lines)


def test_a_variable_is_told_once_by_who_knows_what_counts_instead_and_with_what_to_do_here():
    def line(logger, body):
        return json.dumps(ENTRY | {"logger": logger, "body": body})

    lines = [
        line(
            odoo_log.TELEMETRY_LOGGER,
            "Telemetry: ODOOOPS_SQL='x' is odd; hooks is used instead. Correct it and",
        ),
        line(odoo_log.TELEMETRY_LOGGER, "Telemetry: OTEL_X=1 is odd. Correct it and restart Odoo."),
        line(odoo_log.SETTINGS_LOGGER, "ODOOOPS_SQL: expected y. It has no effect until it is corrected."),
        line(odoo_log.SETTINGS_LOGGER, "ODOOOPS_SQL: expected y. It has no effect until it is corrected."),
        line(odoo_log.SETTINGS_LOGGER, "/srv/odooops.yaml:3: a.b is no setting."),
    ]

    assert odoo_log.warnings_of_settings(lines, 77) == [
        "Telemetry: OTEL_X=1 is odd. Correct it and run setup/up again.",
        "ODOOOPS_SQL: expected y. It has no effect: correct it and run setup/up again.",
        "/srv/odooops.yaml:3: a.b is no setting.",
    ]


def test_the_cause_of_a_failure_is_a_message_and_not_json():
    failed = {
        "body": "Failed to start",
        "exception.stacktrace": "Traceback:\n  File x\nOSError: port is taken",
    }
    lines = ["2026-11-23 21:00:00,000 77 INFO ? odoo: plain", json.dumps(failed), '{"body": "cut o']

    assert odoo_log.readable("\n".join(lines)).splitlines() == [
        "2026-11-23 21:00:00,000 77 INFO ? odoo: plain",
        "Failed to start",
        "Traceback:",
        "  File x",
        "OSError: port is taken",
        '{"body": "cut o',
    ]
    assert cause(odoo_log.readable("\n".join(lines))) == "OSError: port is taken"
