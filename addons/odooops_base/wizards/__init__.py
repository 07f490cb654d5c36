from . import odooops_backup_record, odooops_deployment_start
