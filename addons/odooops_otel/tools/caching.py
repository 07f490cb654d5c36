"""What a request or job asked of Odoo's caches of methods (``ormcache``), and what they did not have.

A worker that has just begun, or whose caches have been emptied by somebody who installs modules or changes settings,
computes what others look up. The first thing to know of a request that is slow now and then.
"""

from __future__ import annotations

import collections
from collections.abc import Callable, Mapping

from . import otlp

MAX_METHODS = 5

# How many values had to be computed, by the model's name and the method that computes them.
Misses = dict[tuple[str, Callable], int]


def attributes(lookups: int, misses: Mapping[tuple[str, Callable], int]) -> dict[str, otlp.Value]:
    """Those of the span of a record; nothing where nothing was asked for.

    :param lookups: how many different values were asked for
    """
    told: dict[str, otlp.Value] = {}
    if lookups:
        told["odoo.cache.lookup.count"] = lookups
    if not misses:
        return told
    # An override has the name of what it overrides, and both may be cached.
    counts: collections.Counter[str] = collections.Counter()
    for (model, method), count in misses.items():
        counts[f"{model}.{method.__name__}"] += count
    most = counts.most_common(MAX_METHODS)
    told["odoo.cache.miss.count"] = counts.total()
    told["odoo.cache.miss.methods"] = tuple(name for name, _count in most)
    told["odoo.cache.miss.counts"] = tuple(count for _name, count in most)
    return told
