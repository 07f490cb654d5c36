from . import odooops_configuration_apply
