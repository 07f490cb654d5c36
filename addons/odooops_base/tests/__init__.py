from . import test_component, test_page, test_probe, test_roles, test_rpc
