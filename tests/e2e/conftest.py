"""A real stack for the end-to-end tests: started once by setup/up, stopped by setup/down."""

import contextlib
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from stacks import UP_SECONDS, Stack, WholeStack, wait_for

# Handed on to Odoo by setup/up: tests need not wait for the seconds between two exports.
os.environ.setdefault("OTEL_METRIC_EXPORT_INTERVAL", "1000")
os.environ.setdefault("OTEL_BSP_SCHEDULE_DELAY", "1000")
# Of setup/test: "found", the stacks that were made in this run are up, "keep", leave them so.
SHARED_STACKS = os.environ.get("ODOOOPS_TEST_STACKS", "").split()
MADE = "stacks-made"


def pytest_addoption(parser: pytest.Parser) -> None:
    """What ``setup/test`` shares the slow tier out by."""
    parser.addoption(
        "--asking", choices=["core", "whole", "both"], help="only tests that ask for these stacks"
    )


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What asks for the whole stack is of the slow tier: a change is tested in minutes, against the core one."""
    for item in items:
        if "whole" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.slow)
    if asked := config.getoption("asking", None):
        others = [item for item in items if asks_for(item) != asked]
        config.hook.pytest_deselected(items=others)
        items[:] = [item for item in items if asks_for(item) == asked]


def asks_for(item: pytest.Item) -> str:
    """The stacks that a test asks for; one with a state of its own runs beside those of the core."""
    asked = {"stack", "whole"} & set(getattr(item, "fixturenames", ()))
    return "both" if len(asked) > 1 else "whole" if "whole" in asked else "core"


@contextlib.contextmanager
def _brought_down(stack: Stack) -> Iterator[Stack]:
    try:
        yield stack
    finally:
        stack.down()


@pytest.fixture(scope="session")
def base() -> Path:
    """The directory of the test run; `setup/test e2e` makes it."""
    given = os.environ.get("ODOOOPS_TEST_BASE")
    if not given:
        pytest.skip("end-to-end tests need a directory of their own: run `setup/test e2e`")
    return Path(given)


@pytest.fixture(scope="session")
def shared(base: Path, request: pytest.FixtureRequest) -> Iterator[dict[str, Stack]]:
    """The stacks that the tests share, by the names of their fixtures; those that are needed are made side by side."""
    stacks = {"stack": Stack(base / "stack"), "whole": WholeStack(base / "whole")}
    needed = {name for item in request.session.items for name in getattr(item, "fixturenames", ())}
    try:
        _bring_up({name: stack for name, stack in stacks.items() if name in needed}, base / MADE)
        yield stacks
    finally:
        for each in stacks.values():
            each.kill_started()
        if "keep" not in SHARED_STACKS:
            for process in [each.start("down") for each in stacks.values()]:
                process.communicate()


def _bring_up(stacks: dict[str, Stack], made: Path) -> None:
    """From nothing, but for those that an earlier tier of this run has made."""
    known = made.read_text().split() if "found" in SHARED_STACKS and made.exists() else []
    processes = {
        name: each.start("up", *each.mode, *([] if name in known else ["--reset"]))
        for name, each in stacks.items()
    }
    for name, process in processes.items():
        output, errors = process.communicate(timeout=UP_SECONDS)
        if process.returncode:
            pytest.fail(f"setup/up ended with {process.returncode}:\n{output}{errors}", pytrace=False)
        with os.fdopen(
            os.open(made, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o644), "w"
        ) as file:
            file.write(f"{name}\n")


@pytest.fixture(scope="session")
def stack(shared: dict[str, Stack]) -> Stack:
    """The core stack that the tests share; a test that hurts it waits until it is healthy again."""
    return shared["stack"]


@pytest.fixture(scope="session")
def whole(shared: dict[str, Stack]) -> WholeStack:
    """The stack with collector, Loki and Tempo that the tests share, beside the core one."""
    return shared["whole"]


@pytest.fixture(scope="module")
def second(base: Path) -> Iterator[Stack]:
    """Another state beside the first one; nothing is there or up in the beginning."""
    subprocess.run(["rm", "-rf", str(base / "second")], check=True)
    with _brought_down(Stack(base / "second")) as other:
        yield other


@pytest.fixture(scope="session")
def emptied() -> Callable[..., contextlib.AbstractContextManager[Stack]]:
    """``emptied(directory, inside=())``: an own state; nothing is there or up in the beginning and at the end."""

    @contextlib.contextmanager
    def emptied_(directory: Path, **options: Any) -> Iterator[Stack]:
        subprocess.run(["rm", "-rf", str(directory)], check=True)
        with _brought_down(Stack(directory, **options)) as own:
            yield own
        subprocess.run(["rm", "-rf", str(directory)], check=True)

    return emptied_


@pytest.fixture
def readable(base: Path) -> Iterator[Path]:
    """An empty directory that the stack's user can read, which pytest's own are not."""
    directory = base / "readable"
    subprocess.run(["rm", "-rf", str(directory)], check=True)
    directory.mkdir(mode=0o755)
    yield directory
    subprocess.run(["rm", "-rf", str(directory)], check=True)


@pytest.fixture(scope="session")
def refusal() -> Callable[[subprocess.CompletedProcess], str]:
    """``refusal(result)``: the one line with which a command refused; fails when it printed more."""

    def line(result: subprocess.CompletedProcess) -> str:
        lines = [line for line in result.stderr.splitlines() if line.strip()]
        assert result.returncode == 1, result.stdout + result.stderr
        assert len(lines) == 1, result.stderr
        return lines[0]

    return line


@pytest.fixture(scope="session", name="wait_for")
def wait_for_fixture() -> Callable[..., Any]:
    """``wait_for(what, probe, seconds=60)``: the first true value of ``probe()``, or a failure that says what."""
    return wait_for
