"""What may be said of an exception: its class and where it came from, not its message.

Messages carry what a user typed, keys, e-mail addresses (``KeyError: 'x'``,
``duplicate key value … (login)=(…)``). They stay in Odoo's log.

An exception is told as an event of its span, which is stable: the conventions would now have new
libraries log it instead, and Odoo does that itself. Of the attributes they ask for a type or a message.
https://opentelemetry.io/docs/specs/semconv/exceptions/exceptions-spans/
"""

from __future__ import annotations

import types
from collections.abc import Iterator

# Frames of one exception: the outermost say which request it was, the innermost what failed.
MAX_OUTER, MAX_INNER = 10, 40
# Exceptions of one chain, the newest first.
MAX_CHAIN = 5
# Characters of a stacktrace; its end says most.
MAX_TEXT = 16_000
# Code without a module (server actions, templates): its file name is a text that somebody chose.
DYNAMIC = "<dynamic>"

_CAUSE = "\nThe above exception was the direct cause of the following exception:\n\n"
_CONTEXT = "\nDuring handling of the above exception, another exception occurred:\n\n"


def type_name(error: BaseException) -> str:
    """The qualified name of the exception's class: ``psycopg2.errors.UniqueViolation``, ``KeyError``."""
    cls = type(error)
    return cls.__qualname__ if cls.__module__ == "builtins" else f"{cls.__module__}.{cls.__qualname__}"


def stacktrace(error: BaseException) -> str:
    """The traceback as Python prints it, causes first, without source lines and messages.

    Files are named by their module (``odoo/addons/sale/models/sale_order.py``), wherever they are installed.
    """
    errors = list(chain(error))
    parts = ["".join(_lines(each)) for each in errors]
    for index, each in enumerate(errors[:-1], start=1):
        parts[index] += _CAUSE if each.__cause__ is not None else _CONTEXT
    text = "".join(reversed(parts))
    return text if len(text) <= MAX_TEXT else "…" + text[1 - MAX_TEXT :]


def chain(error: BaseException) -> Iterator[BaseException]:
    """The exception, the one that it came from, and so on."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen and len(seen) < MAX_CHAIN:
        seen.add(id(error))
        yield error
        suppressed = None if error.__suppress_context__ else error.__context__
        error = error.__cause__ if error.__cause__ is not None else suppressed


def _lines(error: BaseException) -> Iterator[str]:
    frames = list(_frames(error.__traceback__))
    if frames:
        yield "Traceback (most recent call last):\n"
    hidden = len(frames) - MAX_OUTER - MAX_INNER
    if hidden > 0:
        frames[MAX_OUTER:-MAX_INNER] = [f"  [{hidden} frames]\n"]
    yield from frames
    yield f"{type_name(error)}\n"


def _frames(traceback: types.TracebackType | None) -> Iterator[str]:
    while traceback is not None:
        code = traceback.tb_frame.f_code
        file = file_name(traceback.tb_frame.f_globals.get("__name__"), code.co_filename)
        yield f'  File "{file}", line {traceback.tb_lineno}, in {code.co_qualname}\n'
        traceback = traceback.tb_next


def file_name(module: object, filename: str) -> str:
    """The file of code by its module, wherever it is installed; DYNAMIC for code without one.

    :param module: ``__name__`` of the code's globals, if there is one
    """
    if not isinstance(module, str) or not filename.endswith(".py"):
        return DYNAMIC
    path = module.replace(".", "/")
    return f"{path}/__init__.py" if filename.endswith("/__init__.py") else f"{path}.py"
