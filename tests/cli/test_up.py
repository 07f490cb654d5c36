"""What setup/up tells of Odoo's settings."""

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


def test_it_is_told_as_well_where_odoo_logs_in_json(state):
    state.path("log").mkdir(exist_ok=True)
    record = {
        "severity_text": "WARNING",
        "logger": "odoo.addons.odooops_otel.hooks",
        "body": "Telemetry: OTEL_X is not known",
        "process.pid": 77,
    }
    lines = [
        record,
        record | {"process.pid": 70, "body": "of an earlier process"},
        record | {"severity_text": "INFO", "body": "fine"},
    ]
    text = "".join(json.dumps(line) + "\n" for line in lines)
    state.log("odoo").write_text(text + "cut: odoo.addons.odooops_otel.hooks {\n[]\n")
    assert up.telemetry_warnings(state, 77) == ["Telemetry: OTEL_X is not known"]
