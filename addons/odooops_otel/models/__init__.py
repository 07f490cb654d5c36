from . import odooops_component
