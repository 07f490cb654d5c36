from odoo.http import Controller, content_disposition, request, route

from ..models.odooops_configuration import SCHEMA_ROUTE
from ..roles import requires


class ConfigurationController(Controller):
    """The configuration and its schema as files, for editors and for people who want to keep a copy."""

    @route(SCHEMA_ROUTE, type="http", auth="user", methods=["GET"], readonly=True)
    @requires("viewer")
    def schema(self):
        """The JSON Schema of a configuration. For viewers."""
        return request.make_json_response(request.env["odooops.configuration"].get_schema())

    @route("/odooops/config/observability.yaml", type="http", auth="user", methods=["GET"], readonly=True)
    @requires("viewer", everywhere=True)
    def export(self):
        """The configuration as it is, as far as the caller may read it. For viewers of all environments."""
        text = request.env["odooops.configuration"].export_configuration()
        headers = [
            ("Content-Type", "application/yaml; charset=utf-8"),
            ("Content-Disposition", content_disposition("observability.yaml")),
            ("Cache-Control", "no-store"),
        ]
        return request.make_response(text, headers)
