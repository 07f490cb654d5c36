"""That a hook has found nothing to mend, kept by all that its answer depends on.

    kept = KeptResults(directory)
    key = key_of(files, root)
    if not kept.has("pylint-odoo", key):
        …                               # run it
        kept.keep("pylint-odoo", key)

Only a success is kept, of each hook the last one. A file, a configuration, a package or a Python that is another makes
another key, and the hook looks again.
"""

import hashlib
import platform
from collections.abc import Iterable, Iterator
from importlib.metadata import distributions
from pathlib import Path


class KeptResults:
    """
    :param directory: where they are kept; None: nowhere, every hook looks each time
    """

    def __init__(self, directory: Path | None):
        self._directory = directory

    def has(self, hook: str, key: str) -> bool:
        """Whether the hook has found nothing in exactly this."""
        file = self._directory and self._directory / hook
        return bool(file) and file.is_file() and file.read_text() == key

    def keep(self, hook: str, key: str) -> None:
        """Notes that the hook has found nothing in this."""
        if self._directory:
            self._directory.mkdir(parents=True, exist_ok=True)
            (self._directory / hook).write_text(key)


def key_of(files: Iterable[Path], root: Path, path: list[str] | None = None) -> str:
    """A sum of the names and contents of files below ``root``, of Python and of all that is installed.

    :param path: where packages are looked for; by default where this Python does
    """
    digest = hashlib.sha256()
    for file in sorted(files):
        digest.update(f"{file.relative_to(root)}\0{file.stat().st_mode}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    digest.update("\0".join([platform.python_version(), *sorted(_installed(path))]).encode())
    return digest.hexdigest()


def _installed(path: list[str] | None) -> Iterator[str]:
    """Each package with the sums of its files (RECORD), which tell more than its version."""
    for found in distributions() if path is None else distributions(path=path):
        yield f"{found.name} {found.version} {found.read_text('RECORD')}"
