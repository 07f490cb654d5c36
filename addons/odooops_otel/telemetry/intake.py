"""Requests and jobs as they begin and end: all that a request's own thread does for its record.

``native/src/intake.c`` has the same, compiled; the addon's tests hold the two equal. Most of what a request pays for
its telemetry is code that is in no cache of the processor when a request begins or ends.
"""

from __future__ import annotations

import collections
import contextlib
import functools
import threading
from collections.abc import Callable

from odoo.modules.registry import Registry

from ..tools.settings import Settings
from . import compiled, lines, policies
from .record import Record, caller_address, current
from .sampler import Sampler
from .seeking import Kinds, Undecided

MAX_TEXT = 1000
# The drainer takes what has ended each 2.5 s, whatever the receiver does. When it cannot keep up, the request that
# finds more than this aggregates it itself: memory stays bounded and nothing is lost.
MAX_RECORDS = 2000
MAX_STATEMENTS = 50_000
# Names of databases that have been loaded in this process.
_databases: set[str] = set()
policies.forgetters.append(_databases.discard)


def make(
    settings: Settings,
    sampler: Sampler,
    parts: compiled.Parts,
    sought: Kinds,
    drain: Callable[[], None],
) -> Intake:
    """What a process uses, compiled or not.

    :param sought: what records look for, by their kind
    :param drain: has what has ended counted, without waiting for who is at it
    """
    make_record = functools.partial(Record, sampler, parts)
    slow_after = settings.slow_statement
    # Whether there may be a trace that tells; which requests are kept is known at their end.
    wanted = sought if settings.sends("traces") else None
    if not compiled.is_used(settings):
        return Intake(make_record, drain, wanted, slow_after)
    limits = MAX_RECORDS, MAX_STATEMENTS
    first_look = lines.next_look(0.0, 0.0, slow_after)
    return compiled.native.Intake(
        make_record,
        drain,
        *limits,
        current,
        _databases,
        is_database,
        Undecided,
        wanted,
        slow_after,
        first_look,
    )


class Intake:
    """Records that run now (``open``, with their threads), and those that have ended and wait to be counted.

    :param make_record: makes one
    :param drain: called when too much waits
    :param sought: what records look for, by their kind; None where nobody looks at statements
    :param slow_after: s from which on a statement is slow
    """

    def __init__(
        self,
        make_record: Callable[[], Record],
        drain: Callable[[], None],
        sought: Kinds | None,
        slow_after: float,
    ):
        self._make_record, self._drain = make_record, drain
        self._sought, self._slow_after = sought, slow_after
        self.open: dict[Record, threading.Thread] = {}
        self.ended: collections.deque[Record] = collections.deque()
        # Statements and calls of the ORM of those that have ended since this was set to 0
        self.statements = 0
        self._counts: tuple[memoryview, ...] = ()
        self._counting = threading.Lock()

    def count_in(self, *counts: memoryview) -> None:
        """Have these numbers (of one item each) grow with each record that ends, and no others.

        They are in memory that outlives the process: what has ended is known even where it is killed before anybody
        looks at it.
        """
        with self._counting:
            # Whoever counted in them may still have one in a variable.
            for number in self._counts:
                number.release()
            self._counts = counts

    def begin_in_child(self) -> None:
        """After a fork: the numbers are the parent's, and who held the lock is not here."""
        self._counting = threading.Lock()
        self.count_in()

    def begin(self, thread: threading.Thread) -> Record:
        """A record that receives the statements of ``thread``, the current one of its context until :meth:`detach`."""
        record = self._make_record()
        record.is_nested = current.get() is not None
        if self._sought is not None:
            record.watch(self._slow_after, self._sought)
        hook = record.hook = record.statements.note
        hooks = getattr(thread, "query_hooks", None)
        if hooks is None:
            thread.query_hooks = [hook]
        else:
            hooks.append(hook)
        self.open[record] = thread
        record.token = current.set(record)
        return record

    def detach(self, record: Record, thread: threading.Thread) -> None:
        """Stop receiving statements; the record around it is current again."""
        hook, record.hook = record.hook, None
        token, record.token = record.token, None
        record.statements.look = None
        try:
            if token is not None:
                current.reset(token)
        finally:
            self.open.pop(record, None)
            # Odoo's profiler shares the list of hooks; somebody may have put another in its place.
            with contextlib.suppress(AttributeError, ValueError):
                thread.query_hooks.remove(hook)

    def finish(self, record: Record) -> None:
        """Have a record that has ended be counted."""
        # Before it is somebody else's
        self.statements += len(record.statements) + len(record.orm)
        with self._counting:
            for number in self._counts:
                number[0] += 1
        self.ended.append(record)
        if len(self.ended) > MAX_RECORDS or self.statements > MAX_STATEMENTS:
            self._drain()

    def end(self, record: Record, answered: str, environ: dict, thread: threading.Thread) -> None:
        """All that there is to do at the end of a request.

        :param answered: its status, as WSGI has it: ``200 OK``; empty if there was no answer
        """
        self.detach(record, thread)
        describe(record, answered, environ, thread)
        self.finish(record)


def describe(record: Record, answered: str, environ: dict, thread: threading.Thread) -> None:
    """What is known of a request when it ends."""
    code = answered[:3]
    record.status = int(code) if code.isascii() and code.isdigit() else 0
    # An RPC call sets what its caller gave as a name before anybody knows whether it is one.
    database = getattr(thread, "dbname", None)
    record.database = database if database.__class__ is str and is_database(database) else None
    record.user_id = getattr(thread, "uid", None)
    # Read now: Odoo's ProxyFix has put the client's address and scheme in place.
    record.address = caller_address(environ)
    # Up to 64 KiB each, from whoever calls; the record may wait in the queue.
    record.scheme = environ.get("wsgi.url_scheme", "")[:MAX_TEXT]
    record.method = environ.get("REQUEST_METHOD", "")[:MAX_TEXT]
    record.path = environ.get("PATH_INFO", "")[:MAX_TEXT]
    record.user_agent = environ.get("HTTP_USER_AGENT", "")[:MAX_TEXT]
    # Last: another thread may ask meanwhile what holds for the request.
    record.environ = None


def is_database(name: str) -> bool:
    """Whether it has been loaded here. Odoo's table of registries has a lock, which few need to take."""
    if name in _databases:
        return True
    if name not in Registry.registries:
        return False
    _databases.add(name)
    return True
