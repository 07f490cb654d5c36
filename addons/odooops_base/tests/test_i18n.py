"""The templates of translations hold the texts of our addons, but for what has been written since a short time.

They are written anew before a release, not with each text: two branches would meet in them each time.
``WRITE_POT=/tmp/pot setup/test addons -- -k template_of_translations`` writes them anew into that directory.
"""

import io
import os
from pathlib import Path

import polib

from odoo.tests import TransactionCase, tagged
from odoo.tools import file_path
from odoo.tools.translate import trans_export

# Of the texts, which may be new or gone.
SHARE = 0.1


@tagged("post_install", "-at_install", "odooops")
class TestTranslations(TransactionCase):
    def test_the_template_of_translations_has_the_texts(self):
        ours = [("name", "=like", "odooops\\_%"), ("state", "=", "installed")]
        for name in self.env["ir.module.module"].search(ours).mapped("name"):
            exported = self.export(name)
            if directory := os.environ.get("WRITE_POT"):
                Path(directory).mkdir(exist_ok=True)
                Path(directory, f"{name}.pot").write_bytes(exported)
            now = self.texts(exported.decode())
            there = self.texts(Path(file_path(f"{name}/i18n/{name}.pot")).read_text(encoding="utf-8"))
            differing = sorted(now ^ there)
            with self.subTest(name):
                self.assertLess(
                    len(differing), len(now) * SHARE, f"write it anew (see this file): {differing[:5]}"
                )

    def export(self, name):
        buffer = io.BytesIO()
        self.assertTrue(trans_export(None, [name], buffer, "po", self.env))
        return buffer.getvalue()

    def texts(self, content):
        """The texts alone: where they stand changes with each file that is moved."""
        return {entry.msgid for entry in polib.pofile(content)}
