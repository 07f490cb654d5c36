from . import odooops_protected  # isort: skip
from . import (
    ir_cron,
    ir_model_access,
    ir_model_data,
    ir_rule,
    odooops_access,
    odooops_component,
    odooops_environment,
    odooops_event,
    odooops_key,
    odooops_role_assignment,
    odooops_role_assignment_calls,
    odooops_secret,
    res_groups,
    res_users,
    res_users_apikeys,
)
