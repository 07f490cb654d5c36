"""Odoo 19: from ODOO_HOME, from the system's Python, or from Debian's archive."""

import ast
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

from . import archive
from .account import current, require_readable
from .errors import StackError
from .run import base_environment
from .state import State, check_path

SERIES = "19.0"
BUNDLE = archive.Bundle(
    name="odoo",
    suites={
        "sid": (
            "odoo-19",
            "libjs-jquery",
            "libjs-jquery-form",
            "libjs-underscore",
            "fonts-roboto-unhinted",
            "fonts-montserrat",
            "fonts-ocr-b",
        ),
        # Odoo links to file names of Font Awesome 4.7 and of this Inconsolata; later packages renamed them.
        "bookworm": ("fonts-font-awesome", "fonts-inconsolata"),
    },
    main=("odoo-19",),
)


@dataclass(frozen=True)
class OdooTree:
    """Where Odoo's code is: ``root`` goes on sys.path, ``addons`` are its addon directories."""

    root: Path
    version: str
    source: str

    @property
    def addons(self) -> list[Path]:
        """Odoo's own addon directories (a source checkout has a second one beside the package)."""
        beside = self.root / "addons"
        is_checkout = (beside / "web" / "__manifest__.py").exists()
        return [*([beside] if is_checkout else []), self.root / "odoo" / "addons"]


def ensure(state: State) -> OdooTree:
    """Finds Odoo 19, or fetches it into the cache; raises StackError when what is there is of another series."""
    # What a state was made with stays its Odoo until ODOO_HOME says otherwise.
    remembered = state.record.get("odoo", {})
    home = os.environ.get("ODOO_HOME") or (
        remembered.get("root") if remembered.get("source") == "ODOO_HOME" else None
    )
    tree = from_home(Path(home)) if home else from_system() or from_archive(state)
    state.save(odoo={"root": str(tree.root), "version": tree.version, "source": tree.source})
    return tree


def recorded(state: State) -> OdooTree:
    """The tree that ``ensure`` found for this state."""
    found = state.record["odoo"]
    return OdooTree(Path(found["root"]), found["version"], found["source"])


def from_home(home: Path) -> OdooTree:
    """The tree that ODOO_HOME names; raises StackError when it is not a readable Odoo 19.0."""
    home = Path(os.path.realpath(home))
    check_path(home, "ODOO_HOME")
    if os.path.isdir(home):
        require_readable(current(), "ODOO_HOME", home, home / "odoo" / "release.py")
    version = release(home)
    if not version:
        raise StackError(
            f"ODOO_HOME={home} holds no Odoo (no odoo/release.py): point it to an Odoo {SERIES} tree, or unset it"
        )
    if not is_series(version):
        raise StackError(
            f"ODOO_HOME={home} holds Odoo {version}, but OdooOps needs {SERIES}: point it to such a tree, or unset it"
        )
    return OdooTree(home, version, "ODOO_HOME")


def from_system() -> OdooTree | None:
    """An ``odoo`` of our series that the system's Python can import, if there is one."""
    code = "import importlib.util as u; s = u.find_spec('odoo'); print((s and s.submodule_search_locations or [''])[0])"
    answer = subprocess.run(
        ["/usr/bin/python3", "-c", code],
        env=base_environment(os.environ),
        cwd="/",
        capture_output=True,
        text=True,
        check=False,
    )
    package = Path(answer.stdout.strip() or "/nonexistent")
    version = release(package.parent)
    if not version or not is_series(version) or not os.access(package / "release.py", os.R_OK):
        return None
    return OdooTree(package.parent, version, "system")


def from_archive(state: State) -> OdooTree:
    """Debian's package of Odoo, unpacked in the cache."""
    prefix = archive.ensure(state, BUNDLE)
    root = prefix / "usr/lib/python3/dist-packages"
    version = release(root)
    if not version or not is_series(version):
        archive.forget(state, BUNDLE)
        raise StackError(
            f"Debian's odoo-19 now holds Odoo {version}, but OdooOps needs {SERIES}: set ODOO_HOME to such a tree"
        )
    return OdooTree(root, version, f"Debian {archive.versions(prefix)['odoo-19']}")


def release(root: Path) -> str | None:
    """The version in odoo/release.py, such as "19.0.0", read without running it; None when there is none."""
    try:
        tree = ast.parse((root / "odoo" / "release.py").read_text())
    except (OSError, SyntaxError, ValueError):
        return None
    for node in tree.body:
        names = [target.id for target in getattr(node, "targets", []) if isinstance(target, ast.Name)]
        if "version_info" in names and isinstance(node.value, ast.Tuple):
            return ".".join(str(item.value) for item in node.value.elts[:3] if isinstance(item, ast.Constant))
    return None


def is_series(version: str) -> bool:
    """Whether this is a version of the series that OdooOps is made for."""
    return version == SERIES or version.startswith(f"{SERIES}.")
