"""The preparation of a run: tests that need nothing of what Go builds begin while it still builds."""

import contextlib
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait

from ..stack.errors import StackError
from .places import Places
from .process import call, module
from .tiers import Tier, module_names

LIMIT = 3600
POLL_SECONDS = 0.2


class Preparation:
    """One that has begun; whoever sets ``stop`` ends it."""

    def __init__(self, places: Places, done: Future[int], stop: threading.Event):
        self._places = places
        self._done = done
        self.stop = stop

    def wait(self, *, for_builds: bool) -> None:
        """Waits until tests can run, those of what Go builds too if asked to; raises StackError if they cannot."""
        while not self._done.done() and (for_builds or not self._places.prepared.exists()):
            wait([self._done], POLL_SECONDS)
        if self._done.done() and self._done.result():
            raise StackError("the tests cannot run: see the line above")

    @property
    def is_building(self) -> bool:
        """Whether Go is still at work."""
        return not self._done.done()

    def has_built(self) -> bool:
        """Waits until Go has built everything; whether it could. Why not, has been told when it failed."""
        return self._done.result() == 0


@contextlib.contextmanager
def begun(places: Places, tiers: list[Tier]) -> Iterator[Preparation]:
    """The preparation of these tiers, in a process of its own; none of it is left when the block ends."""
    stop = threading.Event()
    places.prepared.unlink(missing_ok=True)
    command = module("prepare", places, *module_names(tiers))
    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(call, command, LIMIT, places, places.account, stop=stop)
        try:
            yield Preparation(places, done, stop)
        finally:
            stop.set()  # the pool waits until the process has ended
