"""Commands of other programs: logged, killed with us, their failure told in one line."""

import os
import re
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .errors import NO_SPACE_TEXT, NoSpaceError, StackError
from .state import State

# Nothing of the caller's Python or PostgreSQL may leak into the stack.
DROPPED_PREFIXES = (
    "PYTHON",
    "VIRTUAL_ENV",
    "CONDA_",
    "PG",
    "ODOO",
    "OTEL_",
    "SUPERVISOR_",
    "UV_PYTHON",
    "UV_PROJECT",
    "UV_SYSTEM",
)
TELLING = re.compile(r"error|fatal|failed|cannot|unable|denied|refused|^E: ", re.IGNORECASE)

MAX_CAUSE = 300


class CommandFailed(StackError):
    """A program ended with an error; ``output`` is what it printed."""

    def __init__(self, message: str, output: str):
        super().__init__(message)
        self.output = output


def base_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment without what must not reach the programs of the stack."""
    kept = {name: value for name, value in environ.items() if not name.startswith(DROPPED_PREFIXES)}
    kept.setdefault("PATH", "/usr/local/bin:/usr/bin:/bin")
    kept["LC_ALL"] = kept["LANG"] = "C.UTF-8"
    return kept


def run(
    state: State,
    what: str,
    argv: Sequence[str | os.PathLike],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    text: str | None = None,
    log: str = "setup",
    secret: bool = False,
    must_finish: bool = False,
) -> str:
    """Runs ``argv`` and returns its output, also appended to log/<log>.log; ``what`` names the work in an error.

    ``text`` goes to the program's input; ``secret`` keeps the output out of the log. A command that
    ``must_finish`` is not cut when setup/up is interrupted or killed.
    Raises CommandFailed, or NoSpaceError when the disk is full.
    """
    command = [str(part) for part in argv]
    # The kernel ends the child should setup/up be killed, so that no half of it works on unseen.
    wrapped = command if must_finish else ["setpriv", "--pdeathsig", "TERM", "--", *command]
    environment = {**base_environment(os.environ), **(env or {})}
    output, code = _communicate(wrapped, environment, cwd or state.directory, text, must_finish)
    file = state.log(log)
    _append(
        file,
        f"# {time.strftime('%F %T')} {what}: {' '.join(command)}\n{'' if secret and code == 0 else output}\n",
    )
    if code == 0:
        return output
    if NO_SPACE_TEXT in output:
        raise NoSpaceError(state.directory)
    raise CommandFailed(f"{what} failed: {cause(output) or f'exit {code}'} (log: {file})", output)


def _communicate(
    argv: list[str], env: dict[str, str], cwd: Path, text: str | None, must_finish: bool
) -> tuple[str, int]:
    process = subprocess.Popen(
        argv,
        env=env,
        cwd=cwd,
        stdin=subprocess.PIPE if text is not None else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        # In a session of its own Ctrl-C at the terminal does not reach it.
        start_new_session=must_finish,
    )
    try:
        output, _ = process.communicate(text)
    except BaseException:
        _end(process, must_finish)
        raise
    return output, process.returncode


def _end(process: subprocess.Popen, must_finish: bool) -> None:
    if not must_finish:
        process.terminate()
    try:
        process.wait(None if must_finish else 10)
    except subprocess.TimeoutExpired:
        process.kill()


def _append(file: Path, text: str) -> None:
    file.parent.mkdir(mode=0o750, parents=True, exist_ok=True)
    if file.exists() and file.stat().st_size > 5_000_000:
        file.replace(file.with_suffix(".log.1"))
    with open(file, "a") as stream:
        stream.write(text)


def cause(output: str) -> str:
    """The line of a program's output that most likely says what went wrong."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    told = [number for number, line in enumerate(lines) if TELLING.search(line)]
    if not told:
        return lines[-1][:MAX_CAUSE] if lines else ""
    # "FAILED:" alone announces the reason on the next line.
    last = lines[told[-1]]
    return (f"{last} {lines[told[-1] + 1]}" if last.endswith(":") and lines[told[-1] + 1 :] else last)[
        :MAX_CAUSE
    ]
