"""The unprivileged account that everything runs as, and what that account can reach."""

import json
import os
import pwd
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import StackError

SERVICE_USER = "odooops"
SERVICE_HOME = "/var/lib/odooops"


@dataclass(frozen=True)
class Account:
    """A user of the system."""

    name: str
    uid: int
    gid: int
    home: str


def find(name: str) -> Account | None:
    """The account of that name, or None."""
    try:
        entry = pwd.getpwnam(name)
    except KeyError:
        return None
    return Account(entry.pw_name, entry.pw_uid, entry.pw_gid, entry.pw_dir)


def name_of(uid: int) -> str:
    """The user's name, or the number when it has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def current() -> Account:
    """The account of this process."""
    uid = os.geteuid()
    home = os.environ.get("HOME") or os.path.expanduser("~")
    return Account(name_of(uid), uid, os.getegid(), home)


def ensure_service_user() -> Account:
    """The system user the stack runs as when setup/up is run by root; made when it is not there."""
    if not find(SERVICE_USER):
        subprocess.run(
            [
                "useradd",
                "--system",
                "--user-group",
                "--home-dir",
                SERVICE_HOME,
                "--no-create-home",
                "--shell",
                "/usr/sbin/nologin",
                SERVICE_USER,
            ],
            check=True,
            capture_output=True,
        )
    account = find(SERVICE_USER)
    if not account or account.uid == 0:
        raise StackError(
            f"the user {SERVICE_USER} could not be made: add it with useradd --system {SERVICE_USER}"
        )
    return account


def become(account: Account) -> None:
    """Gives up root for good: from here on this process is ``account``."""
    os.initgroups(account.name, account.gid)
    os.setgid(account.gid)
    os.setuid(account.uid)
    os.environ.update(HOME=account.home, USER=account.name, LOGNAME=account.name)


def ask_as(account: Account, question: Callable[[], Any]) -> Any:
    """Runs ``question`` in a child process that is ``account`` and returns its JSON-able answer."""
    if account.uid == os.geteuid():
        return question()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            become(account)
            os.write(writer, json.dumps(question()).encode())
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as stream:
        answer = stream.read()
    os.waitpid(child, 0)
    if not answer:
        raise StackError(
            f"this machine does not let root act as the user {account.name}: run as an ordinary user"
        )
    return json.loads(answer)


def first_unreadable(*paths: Path) -> str | None:
    """The first directory or file of these trees, or above them, that this process cannot read."""
    for path in paths:
        if blocked := first_closed_parent(path) or _first_unreadable_below(path):
            return blocked
    return None


def first_closed_parent(path: Path) -> str | None:
    """The first directory above ``path`` that this process cannot enter; what is not there does not count."""
    parents = (str(parent) for parent in reversed(path.parents))
    return next(
        (parent for parent in parents if os.path.lexists(parent) and not os.access(parent, os.X_OK)), None
    )


def _first_unreadable_below(path: Path) -> str | None:
    if not path.is_dir():
        return str(path) if os.path.lexists(path) and not os.access(path, os.R_OK) else None
    for directory, names, files in [(path.parent, [path.name], []), *os.walk(path)]:
        checks = [(name, os.R_OK | os.X_OK) for name in names] + [(name, os.R_OK) for name in files]
        for name, mode in checks:
            if not os.access(os.path.join(directory, name), mode):
                return os.path.join(directory, name)
    return None


def require_readable(account: Account, what: str, root: Path, *paths: Path) -> None:
    """Raises StackError with the command that mends it when ``account`` cannot read ``paths`` below ``root``."""
    blocked = ask_as(account, lambda: first_unreadable(*(paths or (root,))))
    if not blocked:
        return
    inside = Path(blocked) == root or root in Path(blocked).parents
    mend = f"chmod -R o+rX {root}" if inside else f"chmod o+x {blocked}"
    raise StackError(
        f"the user {account.name} cannot read {what} {root}: {blocked} is closed to it; "
        f"run: {mend}   (or move {what} to a place that all can read, such as /opt)"
    )
