"""Odoo's caches of methods (``ormcache``): it counts itself; what it has counted is read when an export is due."""

from __future__ import annotations

import collections
from collections.abc import Iterator

from odoo.modules.registry import _REGISTRY_CACHES, Registry
from odoo.tools import cache

from ..tools import semconv
from ..tools.observation import Observation

# Of a process that serves more, those that it has served last.
MAX_DATABASES = 50


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
    """By cache, result and database; they are kept by method, and never fall."""
    counts: collections.Counter = collections.Counter()
    for (database, _method), counter in cache._COUNTERS.copy().items():
        name = counter.cache_name or "default"
        counts[name, "hit", database] += counter.hit
        counts[name, "miss", database] += counter.miss
        counts[name, "error", database] += counter.err
    return counts
