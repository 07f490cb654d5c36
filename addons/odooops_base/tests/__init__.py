from . import (
    test_component,
    test_configuration,
    test_configuration_apply,
    test_configuration_routes,
    test_configuration_version,
    test_page,
    test_probe,
    test_roles,
    test_rpc,
    test_setting,
)
