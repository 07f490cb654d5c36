"""A report of a browser as it should be, and ways to have it otherwise."""

import copy
import json

from odooops_otel.tools.browser import report

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
WHOLE = {
    "version": 1,
    "now": 5000,
    "page": {"id": "0af7651916cd43dd8448eb211c80319c", "path": "/odoo/contacts", "trace": TRACE},
    "load": {
        "type": "navigate",
        "response_start": 80,
        "response_end": 95.5,
        "dom_interactive": 700,
        "duration": 1900,
        "shown": {"action": "contacts.action_contacts", "view": "kanban"},
    },
    "rpcs": [
        {
            "path": "/web/dataset/call_kw/res.partner/read",
            "at": 1000,
            "duration": 61,
            "trace": TRACE,
            "shown": {"view": "list"},
        },
        {"path": "/web/action/load", "at": 2000, "duration": 5, "error": "server"},
    ],
    "errors": [{"type": "TypeError", "message": "boom", "stack": "TypeError: boom\n at x", "at": 4000}],
    "vitals": [{"name": "lcp", "value": 1250}, {"name": "cls", "value": 0.05}],
}


def parse(data):
    return report.parse(json.dumps(data).encode())


def changed(path, value):
    """WHOLE with another value at a path such as ``rpcs.0.at``; ``...`` takes it away."""
    data = copy.deepcopy(WHOLE)
    *parents, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = data
    for part in parents:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return data
