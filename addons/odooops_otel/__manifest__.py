{
    "name": "OdooOps Telemetry",
    "summary": "OpenTelemetry from every Odoo process",
    "version": "19.0.1.0.0",
    "category": "OdooOps",
    "author": "OdooOps",
    "website": "https://github.com/odooops/odooops",
    "license": "LGPL-3",
    "depends": ["odooops_base"],
    "external_dependencies": {
        "python": [
            "opentelemetry-exporter-otlp",
            "opentelemetry-instrumentation-psycopg2",
            "opentelemetry-sdk",
        ]
    },
    "data": [
        "security/ir.model.access.csv",
        "security/odooops_otel_rules.xml",
        "security/odooops_gauge_rules.xml",
        "security/odooops_redaction_rules.xml",
        "data/odooops_sampling_rule_data.xml",
        # The list opens it: so with the one below.
        "wizards/odooops_sampling_explanation_views.xml",
        "views/odooops_sampling_rule_views.xml",
        "wizards/odooops_redaction_trial_views.xml",
        "views/odooops_redaction_rule_views.xml",
        "views/odooops_gauge_views.xml",
        "views/odooops_telemetry_views.xml",
        "views/odooops_otel_menus.xml",
    ],
    "assets": {
        "web.assets_backend": [
            "odooops_otel/static/src/browser/start.js",
            "odooops_otel/static/src/health_page/**/*",
        ],
        # Loaded by the one above, by pages that report.
        "odooops_otel.assets_browser": ["odooops_otel/static/src/browser/watch/*.js"],
        "web.assets_unit_tests_setup": [
            "odooops_otel/static/src/browser/watch/*.js",
            ("remove", "odooops_otel/static/src/browser/watch/main.js"),
        ],
        "web.assets_unit_tests": ["odooops_otel/static/tests/**/*"],
    },
    "post_load": "post_load",
}
