"""Functions with the parameters of another one: what wraps a function that is called very often takes what it takes.

``def call(*args, **kwargs): return original(*args, **kwargs)`` makes a tuple and a dictionary of each call and leaves
the interpreter's quick way from one Python function to the next (https://peps.python.org/pep-0659/). To note a call of
the ORM costs a tenth less without it, side by side in real requests. The standard library writes code in the same way
(``dataclasses``, ``namedtuple``).
"""

from __future__ import annotations

import functools
import inspect
import linecache
import zlib
from collections.abc import Callable, Mapping


def parameters(function: Callable) -> tuple[str, str]:
    """How a function with the same parameters is defined, and how it passes them on.

    ``("self, vals, /, limit=None, **options", "self, vals, limit, **options")``. The values by default are none of
    this: :func:`make` copies them.
    """
    # What wraps it may take something else.
    signature = inspect.signature(function, follow_wrapped=False)
    bare = [_bare(parameter) for parameter in signature.parameters.values()]
    defined = str(inspect.Signature(bare))[1:-1]
    return defined, ", ".join(map(_passed, bare))


def _bare(parameter: inspect.Parameter) -> inspect.Parameter:
    has_default = parameter.default is not parameter.empty
    return parameter.replace(annotation=parameter.empty, default=None if has_default else parameter.empty)


def _passed(parameter: inspect.Parameter) -> str:
    name = parameter.name
    return {
        parameter.VAR_POSITIONAL: f"*{name}",
        parameter.VAR_KEYWORD: f"**{name}",
        parameter.KEYWORD_ONLY: f"{name}={name}",
    }.get(parameter.kind, name)


def make(function: Callable, body: str, names: Mapping[str, object]) -> Callable:
    """A function with the parameters of ``function``.

    :param body: its lines; ``{self}`` stands for the first parameter, ``{arguments}`` for all as they are passed on
    :param names: what the body refers to besides, none of them a name of a parameter
    :raises ValueError: one of them is
    """
    defined, arguments = parameters(function)
    taken = inspect.signature(function, follow_wrapped=False).parameters
    if clash := names.keys() & taken.keys():
        raise ValueError(f"{function.__qualname__} has parameters of these names: {', '.join(sorted(clash))}")
    lines = body.format(self=next(iter(taken), None), arguments=arguments).strip("\n").splitlines()
    source = [
        # Variables of a function around it are found more quickly than globals.
        f"def around({', '.join(names)}):",
        f"    def call({defined}):",
        *(f"        {line}" for line in lines),
        "    return call",
    ]
    call = _compile("\n".join(source))(**names)
    call.__defaults__, call.__kwdefaults__ = function.__defaults__, function.__kwdefaults__
    return call


@functools.cache
def _compile(source: str) -> Callable:
    """Functions that are the same but for their variables share their code, which is in the processor's caches once."""
    name = f"<{__name__} {zlib.crc32(source.encode()):08x}>"
    made: dict = {"__name__": __name__}
    exec(compile(source, name, "exec"), made)  # noqa: S102  # pylint: disable=exec-used
    # Tracebacks show its lines.
    linecache.cache[name] = len(source), None, source.splitlines(keepends=True), name
    return made["around"]
