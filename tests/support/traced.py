"""A trace of the test's own, which Odoo continues."""

import os


class Traced:
    """Ids, and the header that has Odoo keep what it does for a request in that trace."""

    def __init__(self):
        self.id, self.span_id = os.urandom(16).hex(), os.urandom(8).hex()
        self.headers = {"traceparent": f"00-{self.id}-{self.span_id}-01"}
