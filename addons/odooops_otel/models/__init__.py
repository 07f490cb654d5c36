from . import odooops_component, odooops_telemetry
