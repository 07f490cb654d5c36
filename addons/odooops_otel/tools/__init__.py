"""Pure code of the recorder: no odoo, no I/O, no clock. Values in, values out."""
