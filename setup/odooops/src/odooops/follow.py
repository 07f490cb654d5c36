"""Following a server by asking again and again, without a loss and without a double."""

import time
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
    seen: dict[Hashable, float] = {}
    was_answered = is_away = False
    while True:
        try:
            for item in source.ask(since):
                if source.key(item) not in seen:
                    seen[source.key(item)] = source.time(item)
                    yield item
            was_answered, is_away = True, False
        except Unreachable as error:
            if not was_answered:
                raise
            if not is_away:
                on_trouble(f"{error}; waiting for it")
            is_away = True
        # Only what was seen moves the beginning: what is stored while nobody looks is found later.
        since = max(since, max(seen.values(), default=since) - source.overlap)
        seen = {key: at for key, at in seen.items() if at >= since}
        sleep(source.interval)
