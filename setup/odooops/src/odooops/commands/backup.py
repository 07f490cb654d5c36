"""``odooops backup``: which backups there are, and whether they could be restored."""

import hashlib
import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ..client import Client
from ..nouns import Call, Nouns
from ..records import filled, given, plain
from ..show import Column
from ..stack.errors import from_os_error
from ..usage import whole

MODEL = "odooops.backup"
KINDS = ("full", "dump", "filestore", "other")
NAMES = {
    "id": "id",
    "environment_id": "environment",
    "database": "database",
    "kind": "kind",
    "outcome": "outcome",
    "started_at": "started_at",
    "finished_at": "finished_at",
    "duration": "duration",
    "size": "size",
    "checksum": "checksum",
    "location": "location",
    "tool": "tool",
    "source": "source",
    "restore_outcome": "restore_outcome",
    "restore_tested_at": "restore_tested_at",
    "note": "note",
}
COLUMNS = (
    Column("Id", "id"),
    Column("Environment", "environment"),
    Column("Database", "database"),
    Column("Kind", "kind"),
    Column("Outcome", "outcome"),
    Column("Finished", "finished_at", "moment"),
    Column("Duration", "duration", "seconds"),
    Column("Size", "size", "size"),
    Column("Restore tested", "restore_tested_at", "moment"),
    Column("Restore", "restore_outcome"),
    Column("Location", "location"),
    Column("Checksum", "checksum", is_detail=True),
    Column("Made by", "tool", is_detail=True),
    Column("Note", "note", is_detail=True),
)
BLOCK = 1 << 20
PROGRESS_BYTES = 1 << 30


def list_backups(client: Client, *, environment: str | None = None, limit: int = 20) -> list[dict[str, Any]]:
    """The newest backups, newest first."""
    domain = [("environment_id.name", "=", environment)] if environment else []
    found = client.search_all(MODEL, domain, list(NAMES), order="finished_at desc, id desc", limit=limit)
    return [plain(backup, NAMES) for backup in found]


def record_backup(client: Client, environment: str, **values: Any) -> dict[str, Any]:
    """Says that a backup was made, or failed; ``values`` as ``record_backup`` of odooops.backup takes them."""
    return filled(client.call(MODEL, "record_backup", environment=environment, **given(**values)))


def record_restore_test(
    client: Client, backup: int, outcome: str = "success", note: str | None = None
) -> dict[str, Any]:
    """Says whether a backup could be restored."""
    arguments = {"backup": backup, "outcome": outcome, **given(note=note)}
    return filled(client.call(MODEL, "record_restore_test", **arguments))


def measure(path: Path, progress: Callable[[str], None] = lambda text: None) -> dict[str, Any]:
    """Size in bytes, checksum, place and time of a file; raises StackError when it cannot be read."""
    digest, size = hashlib.sha256(), 0
    try:
        with open(path, "rb") as stream:
            while block := stream.read(BLOCK):
                digest.update(block)
                size += len(block)
                if size % PROGRESS_BYTES == 0:
                    progress(f"{path.name}: {size // PROGRESS_BYTES} GiB are read")
            finished = datetime.fromtimestamp(os.fstat(stream.fileno()).st_mtime, UTC)
    except OSError as error:
        raise from_os_error(error, path) from None
    return {
        "size": size,
        "checksum": f"sha256:{digest.hexdigest()}",
        "location": os.path.abspath(path),
        "finished_at": finished.isoformat(timespec="seconds").replace("+00:00", "Z"),
    }


def _record(call: Call) -> dict[str, Any]:
    options = call.options
    names = ("kind", "size", "checksum", "location", "started_at", "finished_at", "tool", "note", "database")
    said = given(**{name: getattr(options, name) for name in names})
    outcome = "failure" if options.failed else "success"
    measured = measure(Path(options.file), call.progress) if options.file else {}
    return record_backup(call.client, options.environment, outcome=outcome, **(measured | said))


def register(nouns: Nouns) -> None:
    """The command line of this noun."""
    noun = nouns.add("backup", "which backups there are, and whether they could be restored")
    listing = noun.verb(
        "list",
        "the newest backups",
        lambda call: list_backups(
            call.client, environment=call.options.environment, limit=call.options.limit
        ),
        columns=COLUMNS,
        empty="no backup: odooops backup record ENV --file FILE records one",
    )
    listing.add_argument("--environment", metavar="NAME", help="of this one alone")
    listing.add_argument("--limit", type=whole, default=20, metavar="N", help="at most so many (default: 20)")
    record = noun.verb(
        "record",
        "say that a backup was made, or failed",
        _record,
        "Says that a backup was made. With --file its size, checksum, place and time are read from the file.",
        columns=COLUMNS,
    )
    record.add_argument("environment", metavar="ENV")
    record.add_argument("--file", metavar="FILE", help="the backup itself")
    record.add_argument("--kind", choices=KINDS, help="default: full, which is database and files")
    record.add_argument("--database", metavar="NAME", help="which database")
    record.add_argument("--size", type=whole, metavar="BYTES", help="how large it is")
    record.add_argument("--checksum", metavar="sha256:HEX", help="as sha256sum prints it")
    record.add_argument("--location", metavar="WHERE", help="path or address, without a password")
    record.add_argument("--started-at", metavar="TIME", help="ISO 8601, such as 2026-11-25T02:00:00Z")
    record.add_argument("--finished-at", metavar="TIME", help="the same (default: now)")
    record.add_argument("--tool", metavar="NAME", help="what made it, such as pg_dump")
    record.add_argument("--note", help="anything else")
    record.add_argument("--failed", action="store_true", help="it failed")
    test = noun.verb(
        "restore-test",
        "say whether a backup could be restored",
        lambda call: record_restore_test(
            call.client, call.options.id, "failure" if call.options.failed else "success", call.options.note
        ),
        columns=COLUMNS,
    )
    test.add_argument("id", type=whole, metavar="ID")
    test.add_argument("--failed", action="store_true", help="it could not")
    test.add_argument("--note", help="how it was tested")
