"""Parts of a tier that run side by side, each told in one piece, and their one report."""

import contextlib
import signal
import subprocess
import tempfile
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ..stack.progress import Console

# Of pytest: no test was collected, as when -k names tests of another part.
NO_TESTS = 5
GRACE_SECONDS = 60


@dataclass(frozen=True)
class Part:
    """One process with tests of its own; ``report`` is the JUnit file that it writes."""

    name: str
    command: Sequence[str | Path]
    environment: dict[str, str]
    report: Path


def run(waves: Sequence[Sequence[Part]], directory: Path, report: Path, console: Console) -> int:
    """Runs each wave's parts side by side in ``directory``; writes one ``report``; returns one exit code."""
    parts = [part for wave in waves for part in wave]
    for part in parts:
        part.report.unlink(missing_ok=True)
    codes = [code for wave in waves for code in _run(wave, directory, console)]
    _merge([part.report for part in parts], report)
    return _code(codes)


def _run(parts: Sequence[Part], directory: Path, console: Console) -> list[int]:
    if len(parts) > 1:
        names = " and ".join(part.name for part in parts)
        console.say(f"Side by side: {names}; they are told one after the other")
    processes: list[subprocess.Popen] = []
    with contextlib.ExitStack() as stack:
        outputs = [stack.enter_context(tempfile.TemporaryFile()) for _part in parts]
        try:
            for part, output in zip(parts, outputs, strict=True):
                processes.append(_start(part, directory, output))
            return [_ended(*each, console) for each in zip(parts, processes, outputs, strict=True)]
        except BaseException:
            _interrupt(processes)
            raise


def _ended(part: Part, process: subprocess.Popen, output: IO[bytes], console: Console) -> int:
    code = process.wait()
    output.seek(0)
    console.say(f"\n-- {part.name}\n{output.read().decode(errors='replace').rstrip()}\n")
    return code


def _start(part: Part, directory: Path, output: IO[bytes]) -> subprocess.Popen:
    command = list(map(str, part.command))
    return subprocess.Popen(
        command, cwd=directory, env=part.environment, stdout=output, stderr=subprocess.STDOUT
    )


def _interrupt(processes: list[subprocess.Popen]) -> None:
    for process in processes:
        process.send_signal(signal.SIGINT)
    for process in processes:
        try:
            process.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()


def _merge(files: list[Path], report: Path) -> None:
    """One JUnit file of several; of a part that wrote none there is nothing in it."""
    root = ElementTree.Element("testsuites")
    for file in files:
        with contextlib.suppress(FileNotFoundError, ElementTree.ParseError):
            root.extend(ElementTree.parse(file).getroot())
    ElementTree.ElementTree(root).write(report, encoding="utf-8", xml_declaration=True)


def _code(codes: list[int]) -> int:
    """The first that tells of a failure; a part without a test fails only when no other has one."""
    bad = [code for code in codes if code not in (0, NO_TESTS)]
    return bad[0] if bad else min(codes)
