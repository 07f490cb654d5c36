"""A record is the same bytes, whoever writes it."""

import odooops_native
from finished import Record, make_encoder, statements
from odooops_otel.tools.writers import PYTHON, Writers

COMPILED = Writers(
    odooops_native.encode_children, odooops_native.encode_summed, odooops_native.encode_attributes
)


def test_both_write_the_same():
    record = Record(
        statements=statements("SELECT a FROM res_partner WHERE id = 7", "UPDATE t SET a = %s"),
        diagnosis={"odoo.sql.table.names": ("res_partner", "t"), "odoo.sql.table.times": (0.25, 0.125)},
        events=[(1_764_000_000_000_000_000, "repeated", {"odoo.sql.count": 7})],
        work=[(("write", "res.partner"), [2, 5, 0.125, 1.0, 1.5])],
        started=0.5,
        summaries={("SELECT", "res_partner"): [3, 0.25, 1.0, 2.0], ("COMMIT", ""): [1, 0.5, 2.0, 3.0]},
    )
    in_python, compiled = make_encoder(PYTHON), make_encoder(COMPILED)

    for _ in range(2):
        assert compiled.encode(record).bodies == in_python.encode(record).bodies
