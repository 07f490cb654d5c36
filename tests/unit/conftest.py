"""Lets the tests say ``from odooops_otel.tools import otlp`` where there is no Odoo."""

from without_odoo import register_addons

register_addons()
