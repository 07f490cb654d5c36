from . import (
    test_access,
    test_caller,
    test_component,
    test_environment,
    test_event,
    test_page,
    test_probe,
    test_requires,
    test_role_assignment,
    test_role_attacks,
    test_roles,
    test_rpc,
)
