"""The copy of the checkout that is tested.

A copy, always: the unprivileged user may not be able to read the checkout itself (a clone below /root, a
directory of mode 0700), tests leave their litter elsewhere, and an edit during a run does not disturb it.
"""

import filecmp
import os
import shutil
import subprocess
from pathlib import Path

from ..stack.account import Account

NOT_COPIED = {".git", "node_modules", "__pycache__", ".venv", ".pytest_cache", ".ruff_cache"}


def copy(source: Path, target: Path, account: Account) -> int:
    """Brings ``target`` in line with what Git knows of ``source`` and returns the number of files.

    Files that are new and not ignored count; what an earlier copy left and is gone now is deleted. What
    the tests made in ``target`` themselves, such as node_modules, stays. A file with the same content keeps its time.
    """
    names = sorted(listed(source))
    listing = target.with_name(f"{target.name}.list")
    earlier = set(listing.read_text().splitlines()) if listing.exists() else set()
    for name in names:
        _copy_file(source / name, target / name, target, account)
    for name in earlier - set(names):
        (target / name).unlink(missing_ok=True)
        _remove_empty_parents(target / name, target)
    listing.write_text("\n".join(names) + "\n")
    _hand_over(listing, account)
    return len(names)


def listed(source: Path) -> set[str]:
    """Names of the files of a checkout: tracked or new, not ignored; all but litter where there is no Git."""
    command = ["git", "-c", "safe.directory=*", "-C", str(source), "ls-files", "-z", "--cached", "--others",
               "--exclude-standard"]  # fmt: skip
    if shutil.which("git") and (source / ".git").exists():
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        return {name for name in output.split("\0") if name and os.path.lexists(source / name)}
    return {name for name in _walk(source) if not NOT_COPIED & set(Path(name).parts)}


def _walk(source: Path) -> list[str]:
    return [str(path.relative_to(source)) for path in source.rglob("*") if not path.is_dir()]


def _copy_file(source: Path, target: Path, root: Path, account: Account) -> None:
    if _is_same(source, target):
        return
    missing = [parent for parent in target.parents if not parent.exists() and root in parent.parents]
    for parent in reversed(missing):
        parent.mkdir(mode=0o755)
        _hand_over(parent, account)
    target.unlink(missing_ok=True)
    shutil.copy2(source, target, follow_symlinks=False)
    if not target.is_symlink():
        target.chmod(0o755 if source.stat().st_mode & 0o100 else 0o644)
    _hand_over(target, account)


def _is_same(source: Path, target: Path) -> bool:
    if source.is_symlink() or target.is_symlink() or not target.is_file():
        return False
    ours, theirs = source.stat(), target.stat()
    if bool(ours.st_mode & 0o100) != bool(theirs.st_mode & 0o100) or ours.st_size != theirs.st_size:
        return False
    # A checkout that Git has just made has new times throughout; what is made from the copy goes by them.
    return ours.st_mtime_ns == theirs.st_mtime_ns or filecmp.cmp(source, target, shallow=False)


def _hand_over(path: Path, account: Account) -> None:
    if os.geteuid() == 0:
        os.lchown(path, account.uid, account.gid)


def _remove_empty_parents(path: Path, root: Path) -> None:
    for parent in path.parents:
        if parent == root or any(parent.iterdir()):
            return
        parent.rmdir()
