"""What setup/up tells at its end."""

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
