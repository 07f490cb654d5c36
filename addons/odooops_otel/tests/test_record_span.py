"""What the encoder remembers of a record is right for the next one."""

from odoo.tests import BaseCase, tagged

from ..telemetry.record import Record
from ..telemetry.sampler import Sampler
from ..tools import otlp, settings

REQUEST = {
    "kind": otlp.KIND_SERVER,
    "database": "shop",
    "backend_pid": 11,
    "route": "/web/dataset/call_kw/<path:path>",
    "rpc_method": "res.partner.read",
    "method": "POST",
    "status": 200,
    "scheme": "http",
    "path": "/web/dataset/call_kw/res.partner/read",
    "user_agent": "curl/8",
    "user_id": 2,
    "retries": 1,
}
JOB = {
    "kind": otlp.KIND_INTERNAL,
    "database": "shop",
    "backend_pid": 11,
    "job": "Mail: send",
    "job_status": "done",
}


@tagged("post_install", "-at_install")
class TestRecordSpan(BaseCase):
    def make(self, values: dict) -> Record:
        record = Record(Sampler(settings.read({})))
        for name, value in values.items():
            setattr(record, name, value)
        return record

    def test_whatever_changes_an_attribute_changes_the_traits(self):
        for values in (REQUEST, JOB):
            before = self.make(values)
            told = set()
            for name in set(Record.__slots__) - {"kind"}:
                value = values.get(name)
                after = self.make(
                    values | {name: value + 1 if isinstance(value, int) else f"{value or ''}/x"}
                )
                if after.attributes() != before.attributes():
                    told.add(name)
                    self.assertNotEqual(after.traits(), before.traits(), name)
            self.assertGreaterEqual(told, values.keys() - {"kind"})
