from . import (
    test_cron,
    test_odooops_component,
    test_readme,
    test_requests,
    test_requests_rpc,
    test_runtime,
    test_sampling,
    test_sender,
    test_slot,
    test_spans,
    test_transport,
    test_worker,
)
