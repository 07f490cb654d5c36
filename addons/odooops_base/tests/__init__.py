from . import (
    test_component,
    test_outbound,
    test_outbound_attacks,
    test_page,
    test_probe,
    test_roles,
    test_rpc,
    test_secret_attacks,
    test_secrets,
)
