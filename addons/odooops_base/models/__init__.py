from . import (
    ir_cron,
    odooops_component,
    odooops_environment,
    odooops_event,
    odooops_role_assignment,
    odooops_secret,
    res_groups,
    res_users,
)
