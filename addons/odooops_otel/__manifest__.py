{
    "name": "OdooOps Telemetry",
    "summary": "OpenTelemetry from every Odoo process",
    "version": "19.0.1.0.0",
    "category": "OdooOps",
    "author": "OdooOps",
    "website": "https://github.com/odooops/odooops",
    "license": "LGPL-3",
    "depends": ["odooops_base"],
    "post_load": "post_load",
}
