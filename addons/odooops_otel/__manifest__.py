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
        "security/odooops_gauge_rules.xml",
        "views/odooops_gauge_views.xml",
        "views/odooops_otel_menus.xml",
    ],
    "post_load": "post_load",
}
