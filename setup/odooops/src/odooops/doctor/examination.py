"""Checks that run side by side, each with its time limit and its result."""

import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from ..endpoints import Endpoints, NoSuchPart
from ..stack.errors import StackError
from ..web import Unreachable

OK, WARNING, PROBLEM, SKIPPED = "ok", "warning", "problem", "skipped"
ALL_WELL, PROBLEMS = 0, 1
POLL_SECONDS = 0.5
# A server that does not answer for as long is not waited for any longer.
PATIENCE_SECONDS = 6.0
SEE_PROCESS = "see what is said about its process: that has to be mended first"
# A process tells of itself each ten seconds.
SEE_TELEMETRY = (
    "telemetry says why, ten seconds later at most; monitoring/runbooks/OdooTelemetryExportFailing.md"
)
# Beyond the time that a check waits for what it sent: its questions to the servers.
GRACE_SECONDS = 20.0


@dataclass(frozen=True)
class Result:
    """What a check found; ``remedy`` says what to do about anything but ok."""

    check: str
    status: str
    detail: str
    remedy: str = ""
    seconds: float = 0.0


@dataclass(frozen=True)
class Check:
    """One check: its name, what it does, and what to do when that fails by an error."""

    name: str
    run: Callable[[], Iterable[Result]]
    remedy: str


class Failed(StackError):
    """A check found a problem."""

    def __init__(self, detail: str, remedy: str = ""):
        super().__init__(detail)
        self.remedy = remedy


@dataclass
class Patient:
    """The stack that is examined, and how long to wait for what was sent through it."""

    stack: Endpoints
    timeout: float
    since: float = field(default_factory=time.time)

    def wait_for(
        self, what: str, probe: Callable[[], str | None], hopeless: Callable[[], str] = lambda: ""
    ) -> str:
        """The first text that ``probe`` gives; raises Failed in the end, or Unreachable when the server stays away.

        ``hopeless`` says why nothing can come, once that is known: what is not there by then is not waited for.
        """
        started = answered = time.monotonic()
        while True:
            try:
                if found := probe():
                    return found
                answered = time.monotonic()
            except Unreachable as error:
                if time.monotonic() - answered > min(PATIENCE_SECONDS, self.timeout):
                    raise error
            if reason := hopeless():
                raise Failed(f"{what} cannot come: {reason}", SEE_TELEMETRY)
            if time.monotonic() - started > self.timeout:
                raise Failed(f"{what} did not arrive within {self.timeout:g} s")
            time.sleep(POLL_SECONDS)

    def see_log(self, name: str) -> str:
        """The remedy that begins with a part's log."""
        return f"see {self.stack.log(name)}; setup/up starts what does not run"


def run(checks: Iterable[Check], limit: float) -> Iterator[Result]:
    """The results of all checks as they come; one that takes longer than ``limit`` seconds is a problem itself."""
    waiting = {check.name: check for check in checks}
    done: queue.Queue[tuple[str, list[Result]]] = queue.Queue()
    deadline = time.monotonic() + limit
    for check in waiting.values():
        # Daemons: Ctrl-C does not wait for them.
        threading.Thread(
            target=lambda check=check: done.put((check.name, _results(check))), daemon=True
        ).start()
    while waiting:
        try:
            name, results = done.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        del waiting[name]
        yield from results
    for check in waiting.values():
        yield Result(check.name, PROBLEM, f"no result within {limit:g} s", check.remedy, limit)


def _results(check: Check) -> list[Result]:
    started = time.monotonic()
    try:
        found = list(check.run())
    except NoSuchPart as error:
        found = [Result(check.name, SKIPPED, str(error))]
    except Failed as error:
        found = [Result(check.name, PROBLEM, str(error), error.remedy or check.remedy)]
    except Unreachable as error:
        found = [Result(check.name, PROBLEM, str(error), SEE_PROCESS)]
    except StackError as error:
        found = [Result(check.name, PROBLEM, str(error), check.remedy)]
    except Exception as error:
        found = [
            Result(check.name, PROBLEM, f"the check broke: {type(error).__name__}: {error}", check.remedy)
        ]
    seconds = round(time.monotonic() - started, 3)
    return [Result(one.check, one.status, one.detail, one.remedy, seconds) for one in found]


def exit_code(results: Iterable[Result]) -> int:
    """0 when there is no problem, else 1; warnings tell of what is over, or may come."""
    return PROBLEMS if any(result.status == PROBLEM for result in results) else ALL_WELL
