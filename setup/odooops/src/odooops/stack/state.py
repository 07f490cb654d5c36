"""A state: the directory that holds one running stack, and state.json, which says what was decided for it."""

import errno
import json
import os
import re
import shutil
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from . import account as accounts
from .account import Account
from .errors import StackError
from .files import write_atomic

VERSION = 1
RECORD_FILES = ("state.json", "state.json.copy")
SAFE_PATH = re.compile(r"[A-Za-z0-9._/+@-]+")
# sun_path holds 107 characters; the longest socket below the state is postgres/run/.s.PGSQL.65535
MAX_PATH = 107 - len("/postgres/run/.s.PGSQL.65535.lock")
ROOT_LOGS = Path("/var/log/odooops")
SYSTEM_STATE, SYSTEM_CACHE = "/var/lib/odooops", "/var/cache/odooops"
CACHE_TAG = "Signature: 8a477f597d28d172789f06886806bc55\n# Made by OdooOps; can be deleted at any time.\n"


def state_directory(option: str | None, environ: dict[str, str], root: bool) -> Path:
    """``--state``, else ODOOOPS_STATE, else the default of root or of the user."""
    if option == "":
        raise StackError("--state is empty: name a directory, or leave it out for the default")
    if chosen := option or environ.get("ODOOOPS_STATE"):
        return _absolute(chosen, "--state" if option else "ODOOOPS_STATE")
    if root:
        return Path(SYSTEM_STATE)
    return _home_directory("XDG_STATE_HOME", ".local/state", environ) / "odooops"


def cache_directory(environ: dict[str, str], root: bool) -> Path:
    """ODOOOPS_CACHE, else the default of root or of the user."""
    if chosen := environ.get("ODOOOPS_CACHE"):
        return _absolute(chosen, "ODOOOPS_CACHE")
    return Path(SYSTEM_CACHE) if root else _home_directory("XDG_CACHE_HOME", ".cache", environ) / "odooops"


def _home_directory(variable: str, default: str, environ: dict[str, str]) -> Path:
    # The XDG specification: a relative path in these variables is invalid and to be ignored.
    value = environ.get(variable, "")
    return Path(value) if value.startswith("/") else Path(os.path.expanduser("~")) / default


def _absolute(text: str, source: str) -> Path:
    path = Path(os.path.realpath(os.path.expanduser(text)))
    check_path(path, source)
    # An empty one of root's would be given away: /srv, /mnt.
    if path.parent == Path("/"):
        raise StackError(
            f"{source}: {path} cannot be a state or cache; name a directory of its own, such as /srv/odooops"
        )
    return path


def check_path(path: Path, source: str) -> None:
    """Refuses a path that a configuration file of the stack could not hold."""
    if not SAFE_PATH.fullmatch(str(path)):
        raise StackError(
            f"{source}: {str(path)!r} may hold only letters, digits and . _ - + @ /; choose another path"
        )


@dataclass
class State:
    """Where one stack lives: its directory, the cache of binaries, the checkout, and its record (state.json)."""

    directory: Path
    cache: Path
    checkout: Path
    record: dict[str, Any] = field(default_factory=dict)
    logs: Path | None = None
    """Where logs go instead of <state>/log: root's steps write nothing below the user's directory."""

    def path(self, *parts: str) -> Path:
        """A path below the state directory."""
        return self.directory.joinpath(*parts)

    def log(self, name: str) -> Path:
        """The log file of that name."""
        return (self.logs or self.path("log")) / f"{name}.log"

    @property
    def ports(self) -> dict[str, int]:
        return self.record["ports"]

    @property
    def database(self) -> str:
        return self.record.get("database", "odoo")

    @property
    def is_whole(self) -> bool:
        """Whether collector, Loki and Tempo belong to the stack."""
        return self.record.get("whole", False)

    @property
    def python(self) -> Path:
        """The interpreter of the state's virtual environment."""
        return self.path("venv", "bin", "python")

    def save(self, **changes: Any) -> None:
        """Updates the record and writes state.json, and a copy for the day that it is lost."""
        self.record.update(changes, version=VERSION)
        text = json.dumps(self.record, indent=2, sort_keys=True) + "\n"
        for name in RECORD_FILES:
            write_atomic(self.path(name), text)


def read_record(directory: Path) -> dict[str, Any]:
    """The content of state.json, or of its copy when it is lost or damaged; {} when there is neither.

    Refuses a record of a newer version, and one whose copy is damaged too.
    """
    is_damaged = False
    for name in RECORD_FILES:
        try:
            return _checked(json.loads((directory / name).read_text()), directory)
        except FileNotFoundError:
            continue
        except PermissionError:
            owner = accounts.name_of(directory.stat().st_uid)
            raise StackError(
                f"{directory / name} cannot be read: run as {owner} or as root, or choose another --state DIR"
            ) from None
        except (ValueError, KeyError, TypeError, AttributeError):
            is_damaged = True
    if is_damaged:
        raise StackError(
            f"{directory / RECORD_FILES[0]} is damaged: stop the stack with setup/down and put the file back; "
            f"or give up the stack, its database included, with rm -r {directory}"
        )
    return {}


def _checked(record: dict[str, Any], directory: Path) -> dict[str, Any]:
    version = int(record["version"])
    if version > VERSION:
        raise StackError(
            f"the state {directory} was made by a newer OdooOps (state version {version}, this one knows {VERSION}): "
            "use the newer checkout, or choose another --state DIR"
        )
    for port in record.get("ports", {}).values():
        if type(port) is not int or not 0 < port < 65536:
            raise ValueError(port)
    return record


def claim(directory: Path, account: Account, kind: str) -> None:
    """Makes ``directory`` for ``account`` (mode 0750), or checks that it is its own; ``kind`` is state or cache."""
    option = "--state DIR" if kind == "state" else "ODOOOPS_CACHE"
    if file := next((parent for parent in directory.parents if os.path.isfile(parent)), None):
        raise StackError(
            f"{file} is a file, not a directory: choose another place than {directory} with {option}"
        )
    if blocked := accounts.ask_as(account, lambda: accounts.first_closed_parent(directory)):
        raise StackError(
            f"the user {account.name} cannot enter {blocked}, so not {directory}: "
            f"run chmod o+x {blocked}, or choose another place with {option}"
        )
    _make(directory, account, option)
    if os.statvfs(directory).f_flag & os.ST_RDONLY:
        raise StackError(f"{directory} is on a read-only file system: choose another place with {option}")
    is_known = any((directory / name).exists() for name in RECORD_FILES)
    if kind == "state" and not is_known and _foreign_content(directory):
        raise StackError(f"{directory} is not empty and not a state of OdooOps: choose another --state DIR")


def _make(directory: Path, account: Account, option: str) -> None:
    try:
        directory.mkdir(mode=0o750, parents=True, exist_ok=True)
        status = directory.stat()
        # A directory that root made for us and left empty is taken over.
        if os.geteuid() == 0 and status.st_uid == 0 != account.uid and not any(directory.iterdir()):
            directory.chmod(0o750)
            shutil.chown(directory, account.uid, account.gid)
            status = directory.stat()
    except FileExistsError:
        raise StackError(f"{directory} is not a directory: choose another place with {option}") from None
    except PermissionError as error:
        raise StackError(
            f"{account.name} may not make {directory} ({error.filename} is closed): choose another place with {option}"
        ) from None
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise
        raise StackError(
            f"{directory} cannot be made ({error.strerror}): choose another place with {option}"
        ) from None
    if status.st_uid != account.uid:
        owner = accounts.name_of(status.st_uid)
        way = f"run as {owner}, or " if os.geteuid() else ""
        raise StackError(
            f"{directory} belongs to {owner}, not to {account.name}: {way}choose another {option}"
        )


def _foreign_content(directory: Path) -> bool:
    # A run that was killed before its first state.json leaves at most these.
    return any(
        entry.name not in ("lock", "log") and not entry.name.startswith(".state.json.")
        for entry in directory.iterdir()
    )
