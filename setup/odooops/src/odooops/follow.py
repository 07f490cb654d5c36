"""Following a server by asking again and again, without a loss and without a double."""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from .web import Unreachable

Item = TypeVar("Item")


@dataclass(frozen=True)
class Source(Generic[Item]):
    """What is followed: how to ask for everything since a moment, when an item was, what tells items apart.

    Items come a little late and out of order: ``overlap`` is how far back each question reaches again. An item that
    comes later than that is missed. Times are seconds.
    """

    ask: Callable[[float], Iterable[Item]]
    time: Callable[[Item], float]
    key: Callable[[Item], Hashable]
    overlap: float
    interval: float


def follow(
    source: Source[Item],
    since: float,
    on_trouble: Callable[[str], None] = lambda message: None,
    sleep: Callable[[float], None] = time.sleep,
) -> Iterator[Item]:
    """Items from ``since`` on, for ever; while the server is away, ``on_trouble`` is told once and it is asked again.

    Raises ServerError when the very first question has no answer, or when the server refuses one.
    """
    seen = _Seen(since, source.overlap)
    was_answered = is_away = False
    while True:
        try:
            for item in source.ask(seen.horizon):
                if seen.is_new(source.key(item), source.time(item)):
                    yield item
            was_answered, is_away = True, False
        except Unreachable as error:
            if not was_answered:
                raise
            if not is_away:
                on_trouble(f"{error}; waiting for it")
            is_away = True
        seen.forget()
        sleep(source.interval)


class _Seen:
    """The keys of the items that may come again: questions begin at ``horizon``, answers a little before it.

    Only what was seen moves the horizon: what is stored while nobody looks is found later.
    """

    def __init__(self, since: float, overlap: float):
        self.horizon = since
        self._overlap = overlap
        self._times: OrderedDict[Hashable, float] = OrderedDict()

    def is_new(self, key: Hashable, at: float) -> bool:
        """Whether this key comes for the first time, which it does not any more."""
        is_new = key not in self._times
        # Again, since an item may grow: a trace ends later than it seemed.
        self._times[key] = max(at, self._times.get(key, at))
        self.horizon = max(self.horizon, at - self._overlap)
        # One answer may hold a day: those at its beginning are not kept until its end.
        while self._times and self._times[next(iter(self._times))] < self._kept_from:
            self._times.popitem(last=False)
        return is_new

    def forget(self) -> None:
        """Drops what came out of order as well."""
        self._times = OrderedDict((key, at) for key, at in self._times.items() if at >= self._kept_from)

    @property
    def _kept_from(self) -> float:
        """Servers round the beginning of a question down, to a second or a block: what is older comes again."""
        return self.horizon - self._overlap
