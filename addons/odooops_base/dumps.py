"""Records the dumps that Odoo itself makes: in the database manager, by ``/web/database/backup`` and XML-RPC.

For all databases of a process, from the first registry with this addon on. A dump is never disturbed: what goes
wrong here is logged.
``odoo-bin db dump`` loads no addon and is not seen; nor are programs that do not ask Odoo, such as ``pg_dump``.
"""

import functools
import hashlib
import logging
from datetime import UTC, datetime

from odoo import api
from odoo.modules.registry import Registry
from odoo.service import db
from odoo.sql_db import db_connect
from odoo.tools.sql import table_exists

from . import caller

_logger = logging.getLogger(__name__)
CHUNK = 1 << 20


def instrument() -> None:
    """Wraps Odoo's ``dump_db``; twice is once."""
    if not hasattr(db.dump_db, "_odooops_records"):
        db.dump_db = _recording(db.dump_db)


def _recording(original):
    @functools.wraps(original)
    def dump_db(db_name, stream, backup_format="zip", with_filestore=True):
        dump = Dump(db_name, "full" if backup_format == "zip" and with_filestore else "dump")
        try:
            made = original(db_name, stream, backup_format, with_filestore)
        except Exception:
            dump.record("failure")
            raise
        if stream is None:
            return Reader(made, dump)
        dump.measure(stream)
        dump.record("success")
        return made

    dump_db._odooops_records = True
    return dump_db


class Dump:
    """One dump that is being made: what is known of it so far."""

    def __init__(self, database: str, kind: str):
        self.database = database
        self.kind = kind
        self.started_at = _now()
        self.size = 0
        self.digest = hashlib.sha256()
        self.is_complete = False
        # The dump may be read when the request is over.
        self.caller = caller.current()

    def add(self, data: bytes) -> None:
        """The next bytes of the dump."""
        self.size += len(data)
        self.digest.update(data)

    def measure(self, stream) -> None:
        """Reads what was written to a file, from its beginning, and leaves the file where it was."""
        try:
            position = stream.tell()
            stream.seek(0)
            while data := stream.read(CHUNK):
                self.add(data)
            stream.seek(position)
            self.is_complete = True
        except (OSError, AttributeError, ValueError):
            _logger.info("The dump went into a stream that cannot be read: its size is not known.")

    def record(self, outcome: str) -> None:
        """Writes it into the dumped database, where this addon is installed."""
        try:
            with caller.calling(self.caller):
                self._record(outcome)
        except Exception:
            _logger.exception("The dump of %s could not be recorded as a backup.", self.database)

    def _record(self, outcome: str) -> None:
        with db_connect(self.database).cursor() as cr:
            if not table_exists(cr, "odooops_backup"):
                return
        with Registry(self.database).cursor() as cr:
            env = api.Environment(cr, api.SUPERUSER_ID, {})
            env["odooops.backup"]._record(self._prepare_vals(env) | {"outcome": outcome})

    def _prepare_vals(self, env) -> dict:
        vals = {"environment_id": env["odooops.environment"]._get_current().id, "database": self.database}
        vals |= {"kind": self.kind, "source": "odoo", "tool": "odoo", "started_at": self.started_at}
        vals["finished_at"] = _now()
        if self.is_complete:
            vals |= {"size": self.size, "checksum": f"sha256:{self.digest.hexdigest()}"}
        return vals


class Reader:
    """A dump that is read to its end by whoever sends it; recorded when that is done.

    A dump that is given up half way is no backup, and is recorded as failed.
    """

    def __init__(self, stream, dump: Dump):
        self._stream = stream
        self._dump = dump
        self._is_recorded = False

    # A method of files, not of records.
    def read(self, size: int = -1) -> bytes:  # pylint: disable=method-required-super
        data = self._stream.read(size)
        self._dump.add(data)
        if not data or size < 0:
            self._dump.is_complete = True
        return data

    def __iter__(self):
        while data := self.read(CHUNK):
            yield data

    def close(self) -> None:
        self._stream.close()
        if not self._is_recorded:
            self._is_recorded = True
            # pg_dump that fails gives nothing, and Odoo does not look at how it ended.
            is_good = self._dump.is_complete and self._dump.size
            self._dump.record("success" if is_good else "failure")

    def __enter__(self):
        return self

    def __exit__(self, *_reason):
        self.close()

    def __getattr__(self, name):
        return getattr(self._stream, name)


def _now() -> datetime:
    """As Odoo keeps times."""
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)
