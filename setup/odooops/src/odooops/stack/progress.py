"""What a person sees while setup/up works: one line a step, with its time, moving while it lasts."""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

PLAIN_INTERVAL = 20.0
TTY_INTERVAL = 0.5
MAX_WIDTH = 110


@dataclass
class Step:
    """One step of the work; ``note`` says what came of it."""

    title: str
    note: str = ""
    started: float = field(default_factory=time.monotonic)

    @property
    def seconds(self) -> float:
        return time.monotonic() - self.started


class Console:
    """Prints steps to ``stream``; on a terminal the running step shows its elapsed seconds."""

    def __init__(self, stream: TextIO | None = None):
        self._stream = stream or sys.stdout
        self._tty = self._stream.isatty()
        self.current: str | None = None

    def say(self, text: str = "") -> None:
        print(text, file=self._stream, flush=True)

    @contextmanager
    def step(self, title: str) -> Iterator[Step]:
        """Names a step, shows that it moves, and prints its time as it ends."""
        step = Step(title)
        self.current = title
        done = threading.Event()
        ticker = threading.Thread(target=self._tick, args=(step, done), daemon=True)
        ticker.start()
        try:
            yield step
        finally:
            done.set()
            ticker.join()
            self._clear_line()
        self.current = None
        text = f"{title}: {step.note}" if step.note else title
        self.say(f"{text:<78} {step.seconds:6.1f} s")

    def _tick(self, step: Step, done: threading.Event) -> None:
        interval = TTY_INTERVAL if self._tty else PLAIN_INTERVAL
        while not done.wait(interval):
            text = f"{step.title} … {step.note}"[:MAX_WIDTH]
            if self._tty:
                self._stream.write(f"\r\033[K{text} {step.seconds:.0f} s")
                self._stream.flush()
            else:
                self.say(f"{text} {step.seconds:.0f} s so far")

    def _clear_line(self) -> None:
        if self._tty:
            self._stream.write("\r\033[K")
            self._stream.flush()
