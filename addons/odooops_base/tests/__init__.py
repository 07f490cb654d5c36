from . import test_component, test_key, test_page, test_probe, test_roles, test_rpc
