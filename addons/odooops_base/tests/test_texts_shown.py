"""What people read of our models: labels that tell fields apart, and texts of shipped records in one piece."""

import re
from collections import Counter

from odoo.tests import TransactionCase, tagged

# White space at either end, and what the indentation of a data file leaves.
RAGGED = re.compile(r"^\s|\s$|[ \t]*\n[ \t]+")
# Read by programs, which do not mind.
CODE = ("arch_db", "arch_prev", "code", "context", "domain", "domain_force", "query")


@tagged("post_install", "-at_install", "odooops")
class TestTextsShown(TransactionCase):
    def test_no_two_fields_of_a_model_have_the_same_label(self):
        for name, model in self.env.registry.items():
            if name.startswith("odooops."):
                labels = Counter(field.string for field in model._fields.values())
                with self.subTest(name):
                    self.assertEqual([label for label, times in labels.items() if times > 1], [])

    def test_no_text_of_a_shipped_record_has_the_white_space_of_its_file(self):
        ours = [("module", "=like", "odooops\\_%"), ("model", "not in", ("ir.model", "ir.model.fields"))]
        for data in self.env["ir.model.data"].search(ours):
            record = self.env[data.model].browse(data.res_id)
            for field in record._fields.values():
                is_shown = field.store and field.type in ("char", "text") and field.name not in CODE
                if is_shown and (text := record[field.name]):
                    with self.subTest(f"{data.complete_name}.{field.name}"):
                        self.assertNotRegex(text, RAGGED)
