from . import test_cron, test_requests, test_requests_rpc, test_traces
