"""pip install setup/odooops: an empty environment gets the command, with what a client needs and nothing of Odoo."""

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest

from odooops import __version__
from odooops.commands import NOUNS
from odooops.stack import state as states, uv
from odooops.stack.state import State

CHECKOUT = Path(__file__).parents[2]
NEEDED = {"argcomplete", "odooops", "pyyaml", "requests", "tomlkit", "urllib3"}
BROUGHT_ALONG = {"certifi", "charset-normalizer", "idna"}


class Installed:
    """An environment with nothing but our package, made by the owner of the cache from what is in it."""

    def __init__(self, directory: Path, cache: Path):
        self.directory = directory
        self.state = State(directory, cache, CHECKOUT)
        self.owner = cache.stat()

    def run(self, *command: object, **variables: str) -> subprocess.CompletedProcess:
        """Runs a command as that owner: nobody else's file may get into the cache."""
        account = {"user": self.owner.st_uid, "group": self.owner.st_gid, "extra_groups": []}
        kept = {"PATH": os.environ["PATH"], "HOME": str(self.directory)}
        return subprocess.run(
            list(map(str, command)),
            env=kept | uv.environment(self.state) | variables,
            cwd=self.directory,
            capture_output=True,
            text=True,
            check=False,
            **(account if os.geteuid() == 0 else {}),
        )

    def make(self) -> None:
        """Builds and installs, without the network."""
        source = self.directory / "source"
        shutil.copytree(
            CHECKOUT / "setup" / "odooops", source, ignore=shutil.ignore_patterns("*.egg-info", "__pycache__")
        )
        if os.geteuid() == 0:
            for path in [self.directory, *self.directory.rglob("*")]:
                os.chown(path, self.owner.st_uid, self.owner.st_gid)
        program = uv.ensure(self.state)
        for command in (
            (program, "venv", "--python", uv.interpreter(), "venv"),
            (program, "pip", "install", "--offline", "--python", "venv/bin/python",
             "-c", CHECKOUT / "constraints.txt", source),
        ):  # fmt: skip
            done = self.run(*command)
            assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def installed():
    cache = states.cache_directory(dict(os.environ), os.geteuid() == 0)
    # Not below pytest's own directory, which is for its user alone.
    with tempfile.TemporaryDirectory(dir="/tmp") as directory:
        made = Installed(Path(directory), cache)
        made.make()
        yield made


def test_the_command_runs(installed):
    done = installed.run("venv/bin/odooops", "--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"odooops {__version__}\n", "")


def test_it_needs_the_packages_of_a_client_alone(installed):
    code = "from importlib.metadata import distributions as d; print(*sorted(x.name.lower() for x in d()))"

    found = set(installed.run("venv/bin/python", "-c", code).stdout.split())

    assert found == NEEDED | BROUGHT_ALONG


# One process for all: starting one is most of what the answer takes.
HELP = """
from odooops.commands import NOUNS
from odooops.main import main

for noun in NOUNS:
    name = noun.__name__.rpartition(".")[2]
    try:
        main([name, "--help"])
    except SystemExit as end:
        print(f"== {name}: {end.code}")
"""


def test_every_command_can_be_asked_for_help(installed):
    done = installed.run("venv/bin/python", "-c", HELP)

    ends = [line for line in done.stdout.splitlines() if line.startswith("== ")]
    assert (done.returncode, done.stderr) == (0, "")
    assert ends == [f"== {noun.__name__.rpartition('.')[2]}: 0" for noun in NOUNS]


def test_without_a_profile_and_a_stack_it_says_what_to_do(installed):
    done = installed.run("venv/bin/odooops", "environment", "list")

    assert done.returncode == 3
    assert len(done.stderr.splitlines()) == 1
    assert "setup/up" in done.stderr
    assert "odooops profile add" in done.stderr
