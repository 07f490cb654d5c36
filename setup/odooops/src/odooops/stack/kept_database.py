"""Odoo's own modules in a new database: installed once for a machine, from then on restored from the cache.

What is kept is the dump and the file store of a database in which no addon of ours was ever installed, under a key of
all that it was made from. What identifies a database, and what signs in its name, is new in each that is restored.

Whoever restores holds the lock of the store together with others, whoever keeps or forgets has it alone.
"""

import contextlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from . import odoo_conf, postgres
from .errors import StackError
from .files import content_hash, remove_tree, text_hash, work_directory
from .odoo import OdooTree
from .run import CommandFailed
from .state import State

FORMAT = "1"
DUMP, FILES = "database.dump", "filestore"
# Of Odoo's tree, what an installation does not read; translations only where a language is asked for.
PASSED_OVER = {"__pycache__", "tests", "doc"}
PASSED_OVER_STATIC = {"src", "lib", "tests"}
LANGUAGES, TRANSLATIONS = "load_language", "i18n"
# The installed ones of the last few Odoos, and of other settings.
KEPT_AT_MOST = 3
# As ir.config_parameter.init(force=True) does for a copy of a database.
OWN_IDENTITY = """
UPDATE ir_config_parameter SET value = gen_random_uuid()::text WHERE key IN ('database.secret', 'database.uuid');
UPDATE ir_config_parameter SET value = to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS')
 WHERE key = 'database.create_date';
"""


class KeptDatabase:
    """The cache's copy of the database that a state would install from this Odoo with these modules."""

    def __init__(self, state: State, tree: OdooTree, modules: tuple[str, ...]):
        self._state = state
        self.store = state.cache / "databases"
        self.place = self.store / text_hash(_made_from(state, tree, modules))

    def is_there(self) -> bool:
        """Whether there is one to restore."""
        return (self.place / DUMP).is_file()

    def restore(self, name: str, files: Path) -> bool:
        """Fills the empty database ``name`` and its file store; False when that fails."""
        try:
            os.utime(self.place)
            remove_tree(files)
            files.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            shutil.copytree(self.place / FILES, files)
            postgres.restore(self._state, name, self.place / DUMP)
        except (CommandFailed, OSError):
            return False
        postgres.sql(self._state, OWN_IDENTITY, name)
        return True

    def forget(self) -> None:
        """What is there cannot be restored."""
        remove_tree(self.place)

    def keep(self, name: str, files: Path) -> None:
        """Keeps the database ``name``, which was installed just now, if it can. Hold a lock: leftovers are removed."""
        with contextlib.suppress(StackError, OSError):
            self._keep(name, files)

    def _keep(self, name: str, files: Path) -> None:
        with work_directory(self.store, "kept") as work:
            new = work / "new"
            new.mkdir(mode=0o750)
            postgres.dump(self._state, name, new / DUMP)
            if files.is_dir():
                shutil.copytree(files, new / FILES)
            else:
                (new / FILES).mkdir()
            remove_tree(self.place)
            new.rename(self.place)
        self._forget_the_oldest()

    def _forget_the_oldest(self) -> None:
        kept = [path for path in self.store.iterdir() if path.is_dir()]
        for path in sorted(kept, key=lambda path: path.stat().st_mtime)[:-KEPT_AT_MOST]:
            remove_tree(path)


def _made_from(state: State, tree: OdooTree, modules: tuple[str, ...]) -> Iterator[str]:
    yield from (FORMAT, tree.version, postgres.version(state).split(".")[0], *modules)
    # Odoo's Python packages, and the operator's own options: languages, demonstration data.
    yield content_hash(state.checkout / "requirements.txt", state.checkout / "constraints.txt")
    options = odoo_conf.local_options(state)
    yield from (f"{name}={value}" for name, value in sorted(options.items()))
    passed_over = PASSED_OVER if options.get(LANGUAGES) else PASSED_OVER | {TRANSLATIONS}
    # Sizes and times stand for the content: a tree has ten thousand such files.
    for root in dict.fromkeys((tree.root / "odoo", *tree.addons)):
        yield from _files(root, passed_over)


def _files(root: Path, passed_over: set[str]) -> Iterator[str]:
    for directory, names, files in os.walk(root):
        is_static = os.path.basename(directory) == "static"
        names[:] = sorted(set(names) - (PASSED_OVER_STATIC if is_static else passed_over))
        for name in sorted(files):
            found = os.stat(os.path.join(directory, name))
            yield f"{os.path.relpath(directory, root)}/{name} {found.st_size} {found.st_mtime_ns}"
