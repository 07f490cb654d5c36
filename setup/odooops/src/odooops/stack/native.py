"""The compiled part of the recorder (native/), built into a state's environment where there is a compiler.

Everything works without it, at a higher cost: where it cannot be built, that is said in a line, and nothing fails.
"""

import contextlib
import shutil
import sys
import sysconfig
from pathlib import Path

from . import uv as uv_, venv
from .files import content_hash, replace_tree, work_directory
from .run import CommandFailed, run
from .state import State

SOURCES = ("src", "setup.py", "pyproject.toml")
KEPT = "native"  # in the cache: a wheel for each content and Python


def missing() -> list[str]:
    """Debian packages that building needs and this machine lacks."""
    present = {"gcc": bool(shutil.which("cc")), "python3-dev": _header().exists()}
    return [package for package, here in present.items() if not here]


def ensure(state: State) -> str:
    """Brings the environment in line with the sources; returns a short note."""
    source = state.checkout / "native"
    wanted = content_hash(*(source / name for name in SOURCES))
    if venv.read_marker(state).get("native") == wanted:
        return "unchanged"
    try:
        return _provide(state, source, wanted)
    except (CommandFailed, OSError, StopIteration) as error:
        return _leave_out(state, str(error) or "the cache has none")


def _provide(state: State, source: Path, wanted: str) -> str:
    kept = state.cache / KEPT / f"{wanted}-{sysconfig.get_platform()}-{sys.implementation.cache_tag}"
    note = "from the cache"
    if not any(kept.glob("*.whl")):
        if needed := missing():
            return _leave_out(state, f"no compiler (apt-get install {' '.join(needed)})")
        _build(state, source, kept)
        note = "built"
    venv.install(state, "the compiled recorder", next(kept.glob("*.whl")))
    venv.update_marker(state, native=wanted)
    return note


def _leave_out(state: State, reason: str) -> str:
    """One of other sources is of no use to the addon."""
    if venv.read_marker(state).get("native"):
        uninstall = [uv_.ensure(state), "pip", "uninstall", "--python", state.python, "odooops-native"]
        with contextlib.suppress(CommandFailed):
            run(state, "removing the compiled recorder", uninstall, env=uv_.environment(state))
        venv.update_marker(state, native="")
    return f"left out, {reason}: telemetry costs more without it"


def _header() -> Path:
    return Path(sysconfig.get_paths()["include"], "Python.h")


def _build(state: State, source: Path, kept: Path) -> None:
    """A wheel, of a copy: building writes beside the sources, which may be another user's."""
    kept.parent.mkdir(mode=0o755, exist_ok=True)
    with work_directory(kept.parent, "wheel") as work:
        copy, new = work / "native", work / "new"
        copy.mkdir()
        files = [source / name for name in SOURCES]
        run(state, "copying the sources of the compiled recorder", ["cp", "-R", *files, copy])
        build = [uv_.ensure(state), "build", "--wheel", "--no-build-isolation", "--offline"]
        run(
            state,
            "building the compiled recorder",
            [*build, "--python", state.python, "--out-dir", new, copy],
            env=uv_.environment(state),
        )
        replace_tree(new, kept)
