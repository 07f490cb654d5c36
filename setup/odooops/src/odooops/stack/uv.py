"""uv, which installs what comes from the Python package index."""

import os
import sys
from pathlib import Path

from .errors import StackError
from .files import work_directory
from .run import CommandFailed, run
from .state import State

VERSION = "0.13.9"


def ensure(state: State) -> Path:
    """uv itself, fetched into the cache by way of a throw-away environment with pip."""
    uv = state.cache / "bin" / f"uv-{VERSION}"
    if uv.exists():
        return uv
    uv.parent.mkdir(mode=0o755, exist_ok=True)
    with work_directory(state.cache, "uv") as work:
        run(state, "bootstrapping uv", [interpreter(), "-m", "venv", f"{work}/venv"])
        try:
            run(
                state,
                f"download of uv {VERSION}",
                [f"{work}/venv/bin/python", "-m", "pip", "install", "-q", f"uv=={VERSION}"],
            )
        except CommandFailed as error:
            raise StackError(
                f"{error}; check the network (a mirror goes into PIP_INDEX_URL), then run setup/up again"
            ) from None
        (work / "venv/bin/uv").replace(uv)
    return uv


def environment(state: State) -> dict[str, str]:
    """The variables that uv runs with: packages are kept in our cache, no Python is fetched."""
    return {
        "UV_CACHE_DIR": str(state.cache / "uv"),
        "UV_PYTHON_DOWNLOADS": "never",
        "UV_NO_PROGRESS": "1",
        "UV_LINK_MODE": _link_mode(state),
    }


def interpreter() -> str:
    """The Python that setup/up runs with."""
    return os.path.realpath(sys.executable)


def _link_mode(state: State) -> str:
    same = state.cache.stat().st_dev == state.directory.stat().st_dev
    return "hardlink" if same else "copy"
