from . import (
    ir_http,
    odooops_component,
    odooops_configuration,
    odooops_environment,
    odooops_gauge,
    odooops_gauge_computation,
    odooops_gauge_result,
    odooops_sampling_rule,
    odooops_sampling_rule_calls,
    odooops_setting,
    odooops_telemetry,
)
