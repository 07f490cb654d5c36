from . import test_requests, test_requests_rpc
