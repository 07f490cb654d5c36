"""Makes what the tests run with: Odoo, the monitoring programs, the environment, the formatter.

Runs as the account of the tests, from the copy of the checkout: ``python -m odooops.testing.prepare [module …]``, with
the names of the modules that Go builds. While Go is the last to be at work, tests that need none of them run beside it.
"""

import os
import signal
import sys
import tempfile
from pathlib import Path

from ..stack import binaries, go_modules, native, odoo, packages, state as states, venv
from ..stack.builds import Builder
from ..stack.errors import StackError
from ..stack.files import content_hash, remove_tree
from ..stack.go_modules import Module
from ..stack.lock import exclusive
from ..stack.progress import Console
from ..stack.run import CommandFailed, run
from ..stack.state import State
from . import places as places_
from .places import Places

# What Go builds is waited for longest: it takes precedence over the tests beside it.
GO_NICENESS = 0


def prepare(places: Places, modules: tuple[Module, ...], console: Console) -> None:
    """Brings everything in line with the checkout; raises StackError."""
    state = places.work
    state.record = states.read_record(state.directory)
    state.path("log").mkdir(mode=0o750, exist_ok=True)
    builder = Builder(state, modules, GO_NICENESS)
    with exclusive(state.cache / "lock", wait=True):
        builder.start(console)
        with console.step("Odoo") as step:
            tree = odoo.ensure(state)
            step.note = f"{tree.version} ({tree.source})"
        with console.step("Monitoring programs") as step:
            found = binaries.ensure(state, go_modules.WHOLE)
            step.note = f"Alertmanager {found.version('prometheus-alertmanager')}"
        with console.step("Environment with the test tools") as step:
            step.note = venv.ensure(state, tree, dev=True)
        with console.step("Compiled recorder") as step:
            step.note = native.ensure(state)
    with console.step("Formatter") as step:
        step.note = _ensure_node_modules(state)
    _ensure_repository(state)
    # Of modules that tests have made for themselves
    remove_tree(state.path("bytecode", *Path(tempfile.gettempdir()).parts[1:]))
    if modules:
        if builder.missing():
            places.prepared.touch()
        with console.step("Programs built by Go") as step:
            builder.wait(step)
        builder.finish(console)


def environment(places: Places, *, is_account: bool = True) -> dict[str, str]:
    """What the tests find on PATH: the test tools, the monitoring programs, the system's servers.

    Bytecode is kept outside of the copied checkout, by the account alone: root leaves nothing among its files.
    """
    programs = binaries.ensure(places.work, go_modules.WHOLE).directories
    path = [places.python.parent, *programs, *packages.SYSTEM_PATH.split(":")]
    return {
        "PATH": ":".join(map(str, path)),
        "ODOOOPS_CACHE": str(places.cache),
        "PRE_COMMIT_HOME": str(places.work.path("pre-commit")),
        **(
            {"PYTHONPYCACHEPREFIX": str(places.work.path("bytecode"))}
            if is_account
            else {"PYTHONDONTWRITEBYTECODE": "1"}
        ),
        "npm_config_update_notifier": "false",
    }


def _ensure_node_modules(state: State) -> str:
    """npm's packages of the lock file, below the copied checkout."""
    wanted = content_hash(state.checkout / "package.json", state.checkout / "package-lock.json")
    marker = state.checkout / "node_modules" / ".odooops"
    if marker.exists() and marker.read_text() == wanted:
        return "unchanged"
    npm = [
        state.path("venv", "bin", "npm"),
        "ci",
        "--prefer-offline",
        "--no-audit",
        "--no-fund",
        "--cache",
        state.cache / "npm",
    ]
    path = f"{state.path('venv', 'bin')}:{packages.SYSTEM_PATH}"
    try:
        run(state, "npm ci", npm, cwd=state.checkout, env={"PATH": path})
    except CommandFailed as error:
        raise StackError(
            f"{error}; is the npm registry reachable? A mirror goes into npm_config_registry"
        ) from None
    marker.write_text(wanted)
    return "installed"


def _ensure_repository(state: State) -> None:
    """A Git repository of the copy, for the checks that ask Git which files there are."""
    run(state, "git init", ["git", "init", "-q", "--initial-branch=main", "."], cwd=state.checkout)
    run(state, "git add", ["git", "add", "--all", "."], cwd=state.checkout)


def _end_compilers() -> None:
    """Ends what a ``go`` leaves at work that is killed, as it is when we end: it is in our process group."""
    if os.getpgrp() == os.getpid():
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        os.killpg(0, signal.SIGTERM)


def main(names: list[str]) -> int:
    """Prepares, with the modules of these names; a failure ends in one line."""
    os.umask(0o022)
    try:
        modules = tuple(module for module in go_modules.WHOLE if module.name in names)
        prepare(places_.locate(dict(os.environ)), modules, Console())
    except StackError as error:
        print(f"setup/test: {error}", file=sys.stderr, flush=True)
        _end_compilers()
        return 1
    except KeyboardInterrupt:
        _end_compilers()
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
