from . import ir_http, odooops_component, odooops_setting
