"""Dumps that Odoo makes are recorded as they are, and are never disturbed."""

import hashlib
import io
from unittest.mock import patch

from odoo.service import db
from odoo.tests import TransactionCase, tagged
from odoo.tools import mute_logger

from .. import caller, dumps

DATA = b"a dump" * 100_000


@tagged("post_install", "-at_install", "odooops")
class TestDumps(TransactionCase):
    """Odoo's own ``dump_db`` is replaced by one that writes DATA; what is recorded goes into this database."""

    def setUp(self):
        super().setUp()
        # Dumps are recorded in transactions of their own.
        self.registry_enter_test_mode()
        self.before = self.env["odooops.backup"].search([])

    def dump(self, stream, made=DATA, backup_format="zip", with_filestore=True):
        def dump_db(_name, stream, _format, _with_filestore):
            if isinstance(made, Exception):
                raise made
            if stream is None:
                return io.BytesIO(made)
            stream.write(made)

        return dumps._recording(dump_db)(self.env.cr.dbname, stream, backup_format, with_filestore)

    def recorded(self):
        return self.env["odooops.backup"].search([]) - self.before

    def assert_is_data(self, backup):
        self.assertEqual(backup.size, len(DATA))
        self.assertEqual(backup.checksum, f"sha256:{hashlib.sha256(DATA).hexdigest()}")
        self.assertEqual((backup.outcome, backup.source), ("success", "odoo"))
        self.assertEqual(backup.database, self.env.cr.dbname)
        self.assertTrue(backup.environment_id.is_current)

    def test_odoos_function_is_wrapped_once(self):
        self.enterContext(patch.object(db, "dump_db", lambda *_arguments: None))
        dumps.instrument()
        wrapped = db.dump_db
        dumps.instrument()

        self.assertTrue(wrapped._odooops_records)
        self.assertIs(db.dump_db, wrapped)

    def test_a_dump_into_a_file_is_recorded_and_the_file_left_as_it_is(self):
        file = io.BytesIO()
        self.dump(file)

        self.assert_is_data(self.recorded())
        self.assertEqual((file.tell(), file.getvalue()), (len(DATA), DATA))
        self.assertEqual(self.recorded().kind, "full")

    def test_a_dump_that_is_streamed_is_recorded_when_it_was_read(self):
        with self.dump(None, backup_format="dump") as stream:
            received = b"".join(stream)
            self.assertFalse(self.recorded())
        stream.close()

        self.assertEqual(received, DATA)
        self.assert_is_data(self.recorded())
        self.assertEqual(self.recorded().kind, "dump")

    def test_a_dump_that_is_read_at_once_is_complete(self):
        with self.dump(None) as stream:
            self.assertEqual(stream.read(), DATA)

        self.assert_is_data(self.recorded())

    def test_a_dump_that_nobody_read_to_its_end_is_no_backup(self):
        with self.dump(None) as stream:
            stream.read(10)

        self.assertEqual((self.recorded().outcome, self.recorded().checksum), ("failure", False))

    def test_a_dump_of_nothing_is_no_backup(self):
        with self.dump(None, made=b"") as stream:
            stream.read()

        self.assertEqual(self.recorded().outcome, "failure")

    def test_a_dump_that_fails_is_recorded_and_fails_as_before(self):
        with self.assertRaisesRegex(ValueError, "no pg_dump"):
            self.dump(io.BytesIO(), made=ValueError("no pg_dump"))

        self.assertEqual(self.recorded().outcome, "failure")

    def test_a_stream_that_cannot_be_read_is_a_backup_of_unknown_size(self):
        class Pipe(io.RawIOBase):
            def write(self, data):  # pylint: disable=method-required-super
                return len(data)

        self.dump(Pipe())

        self.assertEqual((self.recorded().outcome, self.recorded().size), ("success", 0))

    @mute_logger("odoo.addons.odooops_base.dumps")
    def test_what_goes_wrong_here_does_not_disturb_the_dump(self):
        file = io.BytesIO()
        with patch.object(type(self.env["odooops.backup"]), "_record", side_effect=ZeroDivisionError):
            self.dump(file)

        self.assertEqual(file.getvalue(), DATA)

    def test_who_asked_for_the_dump_is_known_when_it_was_read(self):
        with caller.calling(caller.Caller("xmlrpc", "192.0.2.7")):
            stream = self.dump(None)
        stream.read()
        stream.close()

        event = self.env["odooops.event"].search([("name", "=", "backup.recorded")], limit=1)
        self.assertEqual((event.interface, event.address), ("xmlrpc", "192.0.2.7"))
