"""The virtual environment of a state: Odoo's Python packages and ours, installed by uv."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

from . import uv as uv_
from .errors import StackError
from .files import content_hash, remove_tree, replace_tree, work_directory
from .odoo import OdooTree
from .run import CommandFailed, run
from .state import State

CONSTRAINTS = "constraints.txt"  # versions of what the requirements bring with them
ODOO_SCRIPT = '''"""Starts Odoo; a file of its own because Odoo's evented process is started by this path."""
import odoo.cli

if __name__ == "__main__":
    odoo.cli.main()
'''


def ensure(
    state: State, tree: OdooTree, *, dev: bool = False, before_swap: Callable[[], object] = lambda: None
) -> str:
    """Brings <state>/venv in line with the requirements, our package and the Odoo tree; returns a short note.

    ``dev`` adds requirements-dev.txt (the test tools). ``before_swap`` is called before an environment that is
    there gives way to a new one: what runs from it has to stop.
    """
    requirements = [state.checkout / "requirements.txt"]
    if dev:
        requirements.append(state.checkout / "requirements-dev.txt")
    base = {
        "requirements": content_hash(*requirements, state.checkout / CONSTRAINTS),
        "python": _python_version(),
    }
    note = "unchanged"
    if {key: read_marker(state).get(key) for key in base} != base:
        _build(state, requirements, base)
        before_swap()
        replace_tree(state.path(".venv.new"), state.path("venv"))
        note = f"Python {_python_version()}, built"
    _install_ourselves(state)
    _link_odoo(state, tree)
    return note


def fingerprint(state: State) -> str:
    """Changes when the environment was built anew, or has another compiled recorder."""
    return json.dumps([read_marker(state).get(key) for key in ("requirements", "python", "built", "native")])


def read_marker(state: State) -> dict[str, str]:
    """What the environment was built from; {} when it is not there or was never finished."""
    try:
        return json.loads(state.path("venv", "odooops.json").read_text())
    except (FileNotFoundError, ValueError):
        return {}


def _python_version() -> str:
    return ".".join(map(str, sys.version_info[:3]))


def _build(state: State, requirements: list[Path], base: dict[str, str]) -> None:
    uv = uv_.ensure(state)
    new = state.path(".venv.new")
    remove_tree(new)
    run(
        state,
        "making the virtual environment",
        [uv, "venv", "--relocatable", "--python", uv_.interpreter(), new],
        env=uv_.environment(state),
    )
    install = [
        uv,
        "pip",
        "install",
        "--python",
        new / "bin/python",
        "--compile-bytecode",
        *(part for file in requirements for part in ("-r", file)),
        "-c",
        state.checkout / CONSTRAINTS,
    ]
    _install_from_cache_or_network(state, install, base["requirements"])
    (new / "odooops.json").write_text(json.dumps(base | {"built": os.urandom(4).hex()}))


def _install_from_cache_or_network(state: State, install: list, requirements: str) -> None:
    """Without asking the network when this very set was installed from this cache before."""
    seen = state.cache / f"uv-{requirements}.complete"
    what = "installing Python packages"
    if seen.exists():
        try:
            run(state, what, [*install, "--offline"], env=uv_.environment(state))
            return
        except CommandFailed:
            seen.unlink()
    try:
        run(state, what, install, env=uv_.environment(state))
    except CommandFailed as error:
        raise StackError(
            f"{error}; check the network (a mirror goes into UV_DEFAULT_INDEX), then run setup/up again"
        ) from None
    seen.touch()


def _install_ourselves(state: State) -> None:
    """Installs this package from a copy: building writes beside the sources, which may be another user's."""
    source = state.checkout / "setup" / "odooops"
    marker, wanted = read_marker(state), content_hash(source / "src", source / "pyproject.toml")
    if marker.get("odooops") == wanted:
        return
    with work_directory(state.directory, "odooops") as work:
        run(
            state,
            "copying the odooops package",
            ["cp", "-R", source / "src", source / "pyproject.toml", work],
        )
        install(state, "the odooops package", work)
    update_marker(state, odooops=wanted)


def install(state: State, what: str, package: Path) -> None:
    """Puts a package of ours, sources or a wheel, in the place of the one before, without what it depends on."""
    options = ["--no-deps", "--no-build-isolation", "--offline", "--reinstall"]
    run(
        state,
        f"installing {what}",
        [uv_.ensure(state), "pip", "install", "--python", state.python, *options, package],
        env=uv_.environment(state),
    )


def _link_odoo(state: State, tree: OdooTree) -> None:
    """Makes ``import odoo`` work: a .pth entry comes after the environment's own packages, so that those win."""
    if read_marker(state).get("odoo") == str(tree.root):
        return
    site = next(state.path("venv", "lib").glob("python3.*/site-packages"))
    (site / "odooops-odoo.pth").write_text(f"{tree.root}\n")
    state.path("venv", "bin", "odoo").write_text(ODOO_SCRIPT)
    update_marker(state, odoo=str(tree.root))


def update_marker(state: State, **changes: str) -> None:
    """Notes what else the environment has."""
    state.path("venv", "odooops.json").write_text(json.dumps(read_marker(state) | changes))
