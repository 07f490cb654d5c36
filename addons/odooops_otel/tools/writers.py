"""The functions that write what a kept record has many of; each may be compiled (``telemetry/compiled.py``)."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from .attributes import encode_attributes
from .statement_spans import encode_children
from .summed_spans import encode_summed


class Writers(NamedTuple):
    """Their modules say what they do."""

    children: Callable = encode_children
    summed: Callable = encode_summed
    attributes: Callable = encode_attributes


PYTHON = Writers()
