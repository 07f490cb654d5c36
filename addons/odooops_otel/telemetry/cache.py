"""Odoo's caches of methods (``ormcache``): it counts itself; what it has counted is read when an export is due.

What a request or job misses is noted where the value that was computed is put into the cache: what is found there
costs nothing. How much it asked for is known, too: Odoo keeps the keys of a transaction for counters of its own.
"""

from __future__ import annotations

import collections
import types
from collections.abc import Iterator

from odoo.modules.registry import _REGISTRY_CACHES, Registry
from odoo.tools import cache
from odoo.tools.lru import LRU

from ..tools import semconv
from ..tools.observation import Observation
from . import faults
from .patch import wrap
from .record import Record, current

# Of a process that serves more, those that it has served last.
MAX_DATABASES = 50
# Where ``ormcache.lookup`` keeps the keys that a transaction has asked for.
_LOOKUPS = "_ormcache_lookups"
_inherited: collections.Counter = collections.Counter()


def instrument() -> None:
    wrap(LRU, "__setitem__", _setitem)


def _setitem(original):
    def __setitem__(self, key, value):
        record = current.get()
        if record is not None:
            _note_miss(record, key)
        return original(self, key, value)

    return __setitem__


def _note_miss(record: Record, key) -> None:
    try:
        # A key of ormcache's: model, method, arguments. Other maps have others.
        if key.__class__ is tuple and len(key) > 1 and key[1].__class__ is types.FunctionType:
            misses = record.cache_misses
            if misses is None:
                misses = record.cache_misses = {}
            misses[key[:2]] = misses.get(key[:2], 0) + 1
    except Exception:
        faults.report("Telemetry could not count what a cache did not have; Odoo is not affected.")


def note_lookups(record: Record, cursor) -> None:
    """Have a record know what its transaction asks the caches for, until :func:`count_lookups`."""
    try:
        record.cache_keys = cursor.cache.setdefault(_LOOKUPS, set())
    except Exception:
        faults.report("Telemetry could not tell what caches are asked for; Odoo is not affected.")


def count_lookups(record: Record) -> None:
    """How much was asked for, of several attempts by the last. Keys are values, and many: they end with their
    transaction."""
    keys, record.cache_keys = record.cache_keys, None
    if keys is not None:
        record.cache_lookups = len(keys)


def begin() -> None:
    """Count from now on: a worker has inherited what its master has counted, and tells its own."""
    _inherited.clear()
    _inherited.update(_counted())


def observe(start: int) -> Iterator[Observation]:
    """Hits, misses and sizes.

    :param start: when counting began, ns since the epoch
    """
    registries = dict(list(Registry.registries.items())[-MAX_DATABASES:])
    requests = {key: count for key, count in _requests().items() if key[2] in registries}
    yield Observation(semconv.CACHE_REQUESTS, requests, start)
    sizes, limits = {}, {}
    for database, registry in registries.items():
        caches = getattr(registry, "_Registry__caches", {})
        for name, limit in _REGISTRY_CACHES.items():
            if name in caches:
                sizes[name, database] = len(caches[name])
                limits[name, database] = limit
    yield Observation(semconv.CACHE_SIZE, sizes, start)
    yield Observation(semconv.CACHE_LIMIT, limits, start)


def _requests() -> collections.Counter:
    """By cache, result and database, since :func:`begin`."""
    counts = _counted()
    counts.subtract(_inherited)
    return counts


def _counted() -> collections.Counter:
    """What Odoo has counted in this process and those that it was forked from; by method, and it never falls."""
    counts: collections.Counter = collections.Counter()
    for (database, _method), counter in cache._COUNTERS.copy().items():
        name = counter.cache_name or "default"
        counts[name, "hit", database] += counter.hit
        counts[name, "miss", database] += counter.miss
        counts[name, "error", database] += counter.err
    return counts
