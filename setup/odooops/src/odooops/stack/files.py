"""Files written whole or not at all, directories hashed by content."""

import ctypes
import hashlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

# <fcntl.h>, <stdio.h>
AT_FDCWD, RENAME_EXCHANGE = -100, 2
SKIPPED_DIRECTORIES = {"__pycache__", ".git", "node_modules"}


def write_atomic(path: Path, text: str, mode: int = 0o640) -> bool:
    """Writes ``text`` under a temporary name and renames it; returns whether the content changed."""
    if path.exists() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return False
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with open(descriptor, "w") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        temporary.chmod(mode)
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)
    return True


def secret_file(path: Path) -> str:
    """The secret kept in ``path`` (mode 0600), made at random when there is none yet."""
    if path.exists() and (secret := path.read_text().strip()):
        return secret
    secret = secrets.token_urlsafe(18)
    write_atomic(path, secret + "\n", mode=0o600)
    return secret


def content_hash(*paths: Path) -> str:
    """A hash over names and bytes of files and directory trees; bytecode and hidden litter do not count."""
    digest = hashlib.sha256()
    for root in paths:
        for file in _files(root):
            name = file.relative_to(root).as_posix()
            digest.update(f"{name}\0{file.stat().st_size}\0".encode())
            digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


def text_hash(parts: Iterable[str]) -> str:
    """A hash over texts, in order."""
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _files(root: Path) -> list[Path]:
    if root.is_file():
        return [root]
    found = []
    for directory, names, files in os.walk(root):
        names[:] = [
            name for name in names if name not in SKIPPED_DIRECTORIES and not name.endswith(".egg-info")
        ]
        found += [Path(directory, file) for file in files if not file.endswith((".pyc", "~", ".swp"))]
    return sorted(found)


def replace_tree(new: Path, target: Path) -> None:
    """Puts the finished directory ``new`` in the place of ``target``, which is there all the time."""
    old = target.with_name(f".{target.name}.old")
    remove_tree(old)
    if not target.exists():
        new.rename(target)
    elif _exchange(new, target):
        remove_tree(new)
    else:
        target.rename(old)
        new.rename(target)
        remove_tree(old)


def _exchange(one: Path, other: Path) -> bool:
    """Lets two paths change places in one step; False where the file system cannot (renameat2(2), EINVAL)."""
    paths = [part for path in (one, other) for part in (AT_FDCWD, os.fsencode(path))]
    return ctypes.CDLL(None).renameat2(*paths, RENAME_EXCHANGE) == 0


@contextmanager
def work_directory(parent: Path, name: str) -> Iterator[Path]:
    """A temporary directory below ``parent``; removes first what killed runs left of that name (hold a lock)."""
    for leftover in parent.glob(f".{name}.*"):
        remove_tree(leftover)
    with tempfile.TemporaryDirectory(prefix=f".{name}.", dir=parent) as directory:
        yield Path(directory)


def remove_tree(path: Path) -> None:
    """Deletes a directory if it is there."""
    if path.exists():
        shutil.rmtree(path)
