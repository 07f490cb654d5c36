from . import odooops_backup_record, odooops_deployment_start
from . import odooops_key_create
