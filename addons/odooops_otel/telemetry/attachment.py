"""The filestore: bytes of attachments read and written, files given up.

Downloads of whole files are sent without being read here (``http.Stream``).
"""

from __future__ import annotations

from odoo.addons.base.models.ir_attachment import IrAttachment

from ..tools import semconv
from .measuring import measure
from .patch import wrap


def instrument() -> None:
    wrap(IrAttachment, "_file_read", _file_read)
    wrap(IrAttachment, "_file_write", _file_write)
    wrap(IrAttachment, "_file_delete", _file_delete)


def _file_read(original):
    def _file_read(self, *args, **kwargs):
        content = original(self, *args, **kwargs)
        measure(semconv.ATTACHMENT_IO, "read", self.env.cr.dbname, value=len(content or b""))
        return content

    return _file_read


def _file_write(original):
    def _file_write(self, bin_value, *args, **kwargs):
        name = original(self, bin_value, *args, **kwargs)
        measure(semconv.ATTACHMENT_IO, "write", self.env.cr.dbname, value=len(bin_value or b""))
        return name

    return _file_write


def _file_delete(original):
    def _file_delete(self, fname):
        measure(semconv.ATTACHMENT_DELETIONS, self.env.cr.dbname)
        return original(self, fname)

    return _file_delete
