from . import (
    odooops_backup_record,
    odooops_configuration_apply,
    odooops_deployment_start,
    odooops_key_create,
)
