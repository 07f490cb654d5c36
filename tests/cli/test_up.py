"""What setup/up tells at its end."""

import json

from odooops.stack import up


def test_what_odoo_said_about_its_telemetry_settings_is_told_once(state):
    state.path("log").mkdir(exist_ok=True)
    said = "Telemetry: OTEL_METRIC_EXPORT_INTERVAL='abc' is not a whole number"
    logger = "odoo.addons.odooops_otel.hooks"
    state.log("odoo").write_text(
        f"2026-11-23 20:00:00,000 70 WARNING ? {logger}: Telemetry: of an earlier process \n"
        f"2026-11-23 21:00:00,000 77 INFO ? {logger}: Telemetry: nothing to mend \n"
        f"2026-11-23 21:00:00,000 77 WARNING ? {logger}: {said} \n"
        f"2026-11-23 21:00:01,000 77 WARNING odoo {logger}: {said} \n"
    )
    assert up.telemetry_warnings(state, 77) == [said]


def test_lines_of_json_are_understood_as_well(state):
    state.path("log").mkdir(exist_ok=True)
    said = "Telemetry: OTEL_METRIC_EXPORT_INTERVAL='abc' is not a whole number"
    entry = {
        "severity_text": "WARNING",
        "logger": "odoo.addons.odooops_otel.hooks",
        "body": said,
        "process.pid": 77,
    }
    others = [
        entry | {"process.pid": 70, "body": "Telemetry: of an earlier process"},
        entry | {"severity_text": "INFO", "body": "Telemetry: nothing to mend"},
        entry | {"logger": "odoo.http", "body": "something else"},
    ]
    lines = [json.dumps(each) for each in (*others, entry, entry)]
    state.log("odoo").write_text("\n".join([*lines, '{"cut off": ']))
    assert up.telemetry_warnings(state, 77) == [said]
