from . import odooops_key_create
