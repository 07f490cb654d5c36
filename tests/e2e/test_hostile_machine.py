"""A machine without a network, or with a full disk: one line that says what to do, and nothing broken."""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

pytestmark = pytest.mark.skipif(
    os.geteuid() != 0, reason="only root makes a network namespace and mounts a small disk"
)
# A first run into an empty state needs 600 MB beside the cache; what it then uses is less.
SMALL_DISK = "1000m"


@pytest.fixture
def namespace() -> Iterator[int]:
    """The process that keeps a network namespace with only the loopback interface up."""
    script = "ip link set lo up && echo ready && exec sleep infinity"
    keeper = subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdout=subprocess.PIPE, text=True)
    try:
        assert keeper.stdout.readline() == "ready\n"
        yield keeper.pid
    finally:
        keeper.kill()
        keeper.communicate()


@pytest.fixture
def isolated(base, namespace, emptied) -> Iterator:
    """An empty state on a machine without a network."""
    inside = ("nsenter", f"--net=/proc/{namespace}/ns/net", "--")
    with emptied(base / "isolated", inside=inside) as stack:
        yield stack


@pytest.fixture
def cramped(base, emptied) -> Iterator:
    """An empty state on a small disk of its own."""
    disk = base / "disk"
    disk.mkdir(exist_ok=True)
    options = f"size={SMALL_DISK},mode=0755"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "odooops-test", str(disk)], check=True)
    try:
        with emptied(disk / "state") as stack:
            yield stack
    finally:
        subprocess.run(["umount", str(disk)], check=True)


def test_a_first_run_without_network_names_what_it_could_not_fetch(isolated, base, refusal):
    empty = base / "empty-cache"
    try:
        line = refusal(isolated.run("up", "--core", ODOOOPS_CACHE=str(empty)))
    finally:
        subprocess.run(["rm", "-rf", str(empty)], check=True)

    assert "download of odoo-19" in line
    assert "check the network" in line
    assert isolated.running() == []


@pytest.mark.slow
def test_a_filled_cache_is_all_that_an_empty_state_needs(isolated, base, refusal):
    """What an earlier run without network and cache left behind does not matter either."""
    refusal(isolated.run("up", "--core", ODOOOPS_CACHE=str(base / "empty-cache")))

    isolated.up()

    assert isolated.is_healthy()


# The run is at this point when the path is there.
MOMENTS = {
    "the environment is installed": ".venv.new",
    "the cluster is made": "postgres/data.new",
    # Numbers from 16384 are those of databases that are not PostgreSQL's own.
    "the database is filled": "postgres/data/base/[1-9]????",
}


@pytest.mark.slow
def test_a_disk_that_fills_up_half_way_stops_a_run_and_breaks_nothing(cramped, refusal, wait_for):
    for moment, path in MOMENTS.items():
        process = cramped.start("up", "--core")
        # It may wait for the cache, which other states use too.
        wait_for(moment, lambda path=path: list(cramped.directory.glob(path)), 300, interval=0.01)
        with full(cramped.directory.parent):
            output, errors = process.communicate(timeout=120)

        line = refusal(subprocess.CompletedProcess(process.args, process.returncode, output, errors))
        assert "no space left on the file system of" in line, moment

    cramped.up()
    assert cramped.is_healthy()
    assert cramped.login().call("res.users", "search_count", [["login", "=", "admin"]]) == 1


def test_a_full_disk_is_seen_before_anything_is_changed(cramped, refusal):
    with full(cramped.directory.parent, but=50_500_000):
        line = refusal(cramped.run("up", "--core"))

    assert "not enough space in" in line
    assert "50 MB free" in line


@contextlib.contextmanager
def full(disk: Path, but: int = 0) -> Iterator[None]:
    """A disk without a byte to spare, or with ``but`` so many, while this lasts."""
    ballast = disk / "ballast"
    try:
        with contextlib.suppress(OSError), open(ballast, "wb", buffering=0) as file:
            while (free := shutil.disk_usage(disk).free - but) > 0:
                file.write(bytes(min(free, 16_000_000)))
        yield
    finally:
        ballast.unlink()
