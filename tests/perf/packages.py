"""Packages that only the benchmarks need: in a directory of their own, never in the environment of setup/up."""

from __future__ import annotations

import os
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")
VARIABLE = "ODOOOPS_PERF_PACKAGES"


def ensure(state) -> Path:
    """The directory with the packages, installed once for each content of the requirements.

    Raises StackError when they cannot be had.
    """
    from odooops.stack import uv
    from odooops.stack.errors import StackError
    from odooops.stack.files import content_hash, work_directory
    from odooops.stack.run import CommandFailed, run

    place = state.cache / f"perf-{content_hash(REQUIREMENTS)}"
    if place.exists():
        return place
    with work_directory(state.cache, "perf") as work:
        install = [uv.ensure(state), "pip", "install", "--python", state.python, "--no-deps"]
        install += ["--target", work / "packages", "-r", REQUIREMENTS]
        try:
            run(state, "installing what is compared with", install, env=uv.environment(state))
        except CommandFailed as error:
            message = f"{error}; check the network, or measure without it: --without-others"
            raise StackError(message) from None
        (work / "packages").replace(place)
    return place


def add() -> None:
    """Make them importable in this process, after its own packages; OCA's addons among Odoo's."""
    import odoo.addons

    place = os.environ[VARIABLE]
    sys.path.append(place)
    odoo.addons.__path__.append(f"{place}/odoo/addons")
