"""Building the programs that nobody packages as we need them, of the Go modules in go_modules.py."""

import contextlib
import os
import re
import threading
import time
from collections import deque
from pathlib import Path

from . import golang, uv
from .errors import StackError
from .files import remove_tree, replace_tree
from .go_modules import Module
from .golang import Toolchain
from .lock import exclusive
from .progress import Console, Step
from .run import CommandFailed, run
from .state import State

# Compiler and linker have long stretches for one processor alone, in which the other build goes on. More at once would
# only take memory: each takes up to 3 GB.
AT_ONCE = 2
NICENESS = 10


class Builder:
    """Builds what is not in the cache, two modules at a time, in threads beside other work, to which it gives way."""

    def __init__(self, state: State, modules: tuple[Module, ...], niceness: int = NICENESS):
        self._state = state
        self._modules = modules
        self._niceness = niceness
        self._work = state.cache / ".go"
        self._doing: list[str] = []
        self._built: list[str] = []
        self._error: Exception | None = None
        self._thread: threading.Thread | None = None
        self._settled = threading.Event()

    def missing(self) -> list[Module]:
        """The modules that are not built yet."""
        return [module for module in self._modules if not module.is_built(self._state)]

    def start(self, console: Console) -> None:
        """Looks for Go and begins, when something is missing; raises StackError."""
        missing = self.missing()
        if not missing:
            return
        with console.step("Go") as step:
            step.note = self._found(missing)
        # A daemon: an interrupted setup/up does not wait for it, and the kernel ends the compiler with it.
        self._thread = threading.Thread(target=self._build_all, daemon=True)
        self._thread.start()

    def _found(self, missing: list[Module]) -> str:
        """Which Go it will be. What another setup/up may be deleting just now is left alone."""
        if found := golang.find(self._needed(missing)):
            return f"{found.version} ({found.source})"
        # What installs it: here, or the thread would fetch it while the same is fetched for Odoo's environment.
        uv.ensure(self._state)
        return f"{golang.PACKAGE_VERSION} ({golang.PACKAGE} of the Python package index), installed with the build"

    def _needed(self, missing: list[Module]) -> str:
        return max((module.needs_go(self._state.checkout) for module in missing), key=_go_version)

    def _toolchain(self) -> Toolchain:
        """Finds or installs Go; hold go.lock."""
        for directory in (self._work, self._work / "tmp"):
            directory.mkdir(mode=0o750, exist_ok=True)
        return golang.ensure(self._state, self._needed(self.missing()), self._work)

    def wait(self, step: Step) -> None:
        """Waits until everything is built, telling what is at work; raises StackError when a build failed."""
        while self._thread and not self._settled.wait(0.2):
            step.note = ", ".join(self._doing)
        if self._error:
            raise self._error
        step.note = ", ".join(self._built) or "unchanged"

    def finish(self, console: Console) -> None:
        """Waits until the sources and objects are deleted, which goes on after ``wait``."""
        if self._thread and self._thread.is_alive():
            with console.step("Delete what the compiler left"):
                self._thread.join()

    def _build_all(self) -> None:
        try:
            self._doing = ["another setup/up builds"]
            with exclusive(self._state.cache / "go.lock", wait=True):
                self._doing = []
                self._build_at_once(deque(self.missing()))
                self._settled.set()
                # Gigabytes, of use again only to an interrupted build. What cannot be deleted harms nobody.
                if not self._error:
                    with contextlib.suppress(OSError):
                        remove_tree(self._work)
        except Exception as error:  # raised again where it is waited for
            self._error = error
        finally:
            self._settled.set()

    def _build_at_once(self, waiting: deque[Module]) -> None:
        if not waiting:
            return
        toolchain = self._toolchain()
        threads = [
            threading.Thread(target=self._build_some, args=(waiting, toolchain), daemon=True)
            for _ in range(min(AT_ONCE, len(waiting)))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _build_some(self, waiting: deque[Module], toolchain: Toolchain) -> None:
        """Build what nobody has taken yet, until one fails."""
        while not self._error:
            try:
                module = waiting.popleft()
            except IndexError:
                return
            try:
                self._build(module, toolchain)
            except (
                Exception
            ) as error:  # raised again where it is waited for, which is not for the other build
                self._error = self._error or error
                self._settled.set()

    def _build(self, module: Module, toolchain: Toolchain) -> None:
        self._doing.append(module.title)
        started = time.monotonic()
        self._compile(module, toolchain)
        self._doing.remove(module.title)
        self._built.append(f"{module.title} {time.monotonic() - started:.0f} s")

    def _compile(self, module: Module, toolchain: Toolchain) -> None:
        new = self._work / module.name
        remove_tree(new)
        source = module.source(self._state.checkout)
        arguments = module.arguments(self._state.checkout)
        nice = ["nice", "-n", str(self._niceness)]
        command = [*nice, toolchain.program, "build", "-o", f"{new}/", *arguments]
        try:
            self._run(f"building {module.title}", command, cwd=source)
        except CommandFailed as error:
            raise _explained(error) from None
        for name in module.programs:
            self._run(f"starting {name}", [new / name, "--version"])
        target = module.directory(self._state)
        target.parent.mkdir(mode=0o755, exist_ok=True)
        replace_tree(new, target)

    def _run(self, what: str, command: list[str | Path], cwd: Path | None = None) -> None:
        run(self._state, what, command, env=self._environment(), cwd=cwd, log="build")

    def _environment(self) -> dict[str, str]:
        """Go's own variables of the caller count (GOPROXY, GOFLAGS, …); what we make goes below the cache."""
        configuration = Path(os.environ.get("XDG_CONFIG_HOME") or os.path.expanduser("~/.config"))
        return {
            "CGO_ENABLED": "0",
            "GOTOOLCHAIN": "local",
            "GOWORK": "off",
            "GOMODCACHE": str(self._work / "modules"),
            "GOCACHE": str(self._work / "objects"),
            # Collecting garbage is much of a compiler's work; most of them end before they have used as much as this.
            "GOGC": "400",
            "GOMEMLIMIT": "2GiB",
            # A compiler that is killed leaves its files there.
            "GOTMPDIR": str(self._work / "tmp"),
            "GOENV": os.environ.get("GOENV") or str(configuration / "go" / "env"),
            # Go keeps counters of its own use there.
            "XDG_CONFIG_HOME": str(self._work),
        }


def _go_version(text: str) -> tuple[int, int, int]:
    return golang.parse(f"go{text}")


def _explained(error: CommandFailed) -> StackError:
    if re.search(
        r"dial tcp|no such host|i/o timeout|connection refused|TLS handshake|proxyconnect", error.output
    ):
        return StackError(
            f"{error}; check the network (a module proxy goes into GOPROXY), then run setup/up again"
        )
    return error
