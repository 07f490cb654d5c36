from . import (
    ir_cron,
    odooops_component,
    odooops_configuration,
    odooops_configuration_version,
    odooops_environment,
    odooops_event,
    odooops_role_assignment,
    odooops_setting,
    odooops_setting_calls,
    res_groups,
    res_users,
)
