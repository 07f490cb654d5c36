from . import (
    ir_cron,
    odooops_component,
    odooops_environment,
    odooops_event,
    odooops_key,
    odooops_role_assignment,
    res_groups,
    res_users,
    res_users_apikeys,
)
