"""Settings: how they are declared, how text becomes a value, and which of several values counts.

There is one rule of precedence, and it stands here: the environment variable of a process, then the server's file,
then what is stored in the database, then the default. A value that cannot be used is reported, and the next source
counts: a typing error in a file never keeps Odoo from working.
"""

from __future__ import annotations

import re
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from .credentials import without_userinfo

TEXT, WHOLE, NUMBER, BOOLEAN, URL, SECRET = TYPES = ("text", "whole", "number", "boolean", "url", "secret")
ENVIRONMENT, FILE, RECORD, DEFAULT = SOURCES = ("environment", "file", "record", "default")
MAX_TEXT = 1000
# As much of a wrong value is shown as makes it recognisable.
MAX_SHOWN = 60

_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+")
# IEEE 754 doubles, and so JSON, hold whole numbers up to 2^53 exactly.
_WHOLE = re.compile(r"[+-]?[0-9]{1,15}")
_NUMBER = re.compile(r"[+-]?([0-9]{1,15}(\.[0-9]*)?|\.[0-9]+)([eE][+-]?[0-9]{1,2})?")
_SECRET_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_WORDS = {
    "true": True,
    "yes": True,
    "on": True,
    "1": True,
    "false": False,
    "no": False,
    "off": False,
    "0": False,
}


class SettingError(ValueError):
    """The value cannot be used; the text says what is expected, without naming the setting."""


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting. ``name`` is ``section.name``; ``type`` is one of TYPES; an optional text has the default ``""``.

    ``minimum`` and ``maximum`` are inclusive limits of a number in ``unit``; ``choices`` are all values of a text.
    ``pattern`` is a regular expression of a whole text, and ``hint`` says in words what it wants.
    The value of type "secret" is the name of a secret, never the secret itself.
    """

    name: str
    type: str
    default: Any
    description: str
    env: str = ""
    unit: str = ""
    minimum: float | None = None
    maximum: float | None = None
    choices: tuple[str, ...] = ()
    pattern: str = ""
    hint: str = ""

    def __post_init__(self):
        if not _NAME.fullmatch(self.name) or self.type not in TYPES:
            raise ValueError(f"setting {self.name!r}: no name or no type of a setting")
        object.__setattr__(self, "env", self.env or "ODOOOPS_" + self.name.upper().replace(".", "_"))
        self.check(self.default)

    @property
    def section(self) -> str:
        return self.name.partition(".")[0]

    @property
    def is_optional(self) -> bool:
        """Whether "nothing" is a value."""
        return self.default == ""

    def parse(self, text: str) -> Any:
        """The value that ``text`` means, as it stands in a variable or in an input field; raises SettingError."""
        return self.check(_CONVERT[self.type](self, text.strip()))

    def check(self, value: Any) -> Any:
        """``value``, already of the setting's type, when it is within the limits; raises SettingError."""
        if self.type == WHOLE and isinstance(value, float) and value.is_integer():
            value = int(value)  # JSON makes no difference between 3 and 3.0
        if not _IS_OF_TYPE[self.type](value):
            raise SettingError(f"expected {self.expected}, found {shown(value)}")
        if self.type in (WHOLE, NUMBER):
            self._check_limits(value)
        elif self.type != BOOLEAN:
            self._check_text(value)
        return value

    def _check_limits(self, value: float) -> None:
        too_small = self.minimum is not None and value < self.minimum
        if too_small or (self.maximum is not None and value > self.maximum):
            raise SettingError(f"expected {self.expected}, found {shown(value)}")

    def _check_text(self, value: str) -> None:
        if value == "" and self.is_optional:
            return
        is_wrong = len(value) > MAX_TEXT or (self.choices and value not in self.choices)
        is_wrong = is_wrong or (self.pattern and not re.fullmatch(self.pattern, value))
        if is_wrong or not (value.strip() and value.isprintable()) or not _IS_WELL_FORMED[self.type](value):
            raise SettingError(f"expected {self.expected}, found {shown(value, self.type)}")

    @property
    def expected(self) -> str:
        """What a value has to be, in words."""
        if self.choices:
            return "one of " + ", ".join(self.choices)
        if self.hint:
            return self.hint
        return _EXPECTED[self.type] + self._limits()

    def _limits(self) -> str:
        if self.minimum is not None and self.maximum is not None:
            limits = f" from {plain(self.minimum)} to {plain(self.maximum)}"
        elif self.minimum is not None:
            limits = f", at least {plain(self.minimum)}"
        else:
            limits = "" if self.maximum is None else f", at most {plain(self.maximum)}"
        return limits + (f" ({self.unit})" if self.unit else "")


class Located(NamedTuple):
    """A value of the server's file and where it stands, such as ``/etc/odooops.yaml:7:3`` (line, column)."""

    value: Any
    where: str


@dataclass(frozen=True, slots=True)
class Resolved:
    """The value that counts, its source (one of SOURCES), where it stands there, and what could not be used."""

    value: Any
    source: str
    where: str = ""
    problems: tuple[str, ...] = ()

    @property
    def is_pinned(self) -> bool:
        """Whether what is stored in the database has no effect."""
        return self.source in (ENVIRONMENT, FILE)


def resolve(
    setting: Setting,
    environ: Mapping[str, str],
    file_values: Mapping[str, Located],
    record_values: Mapping[str, Any],
) -> Resolved:
    """The value of ``setting``: environment variable > server's file > record > default.

    :param environ: the process's environment variables; an empty one is one that is not set
    :param file_values: name → value, as the server's file has them
    :param record_values: name → value, as the database has them
    """
    problems: list[str] = []
    for source, where, take in _candidates(setting, environ, file_values, record_values):
        try:
            return Resolved(take(), source, where, tuple(problems))
        except SettingError as error:
            problems.append(
                f"{_subject(setting, source, where)}: {error}. It has no effect until it is corrected."
            )
    return Resolved(setting.default, DEFAULT, "", tuple(problems))


def _subject(setting: Setting, source: str, where: str) -> str:
    """What is wrong: a variable has a name that says it, a line of a file has not."""
    return f"{where}: {setting.name}" if source == FILE else where or setting.name


def _candidates(setting, environ, file_values, record_values):
    if text := environ.get(setting.env, "").strip():
        yield ENVIRONMENT, setting.env, lambda: setting.parse(text)
    if setting.name in file_values:
        value, where = file_values[setting.name]
        yield FILE, where, lambda: setting.check(value)
    if setting.name in record_values:
        yield RECORD, "", lambda: setting.check(record_values[setting.name])


def text_of(value: Any) -> str:
    """How a value is written in a variable or an input field; :meth:`Setting.parse` reads it back."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return plain(value) if isinstance(value, int | float) else value


def plain(number: float) -> str:
    """A number without a needless ".0"."""
    return str(int(number)) if float(number).is_integer() and abs(number) < 1e15 else repr(number)


def shown(value: Any, kind: str = "") -> str:
    """A value as an error shows it. Of an address or a secret's name nothing: it may hold a password."""
    if kind in (URL, SECRET):
        return "something else"
    text = (
        f'"{without_userinfo(value)}"'
        if isinstance(value, str)
        else "nothing"
        if value is None
        else _scalar(value)
    )
    return text if len(text) <= MAX_SHOWN else text[: MAX_SHOWN - 1] + "…"


def _scalar(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return text_of(value)


def schema(setting: Setting) -> dict[str, Any]:
    """The JSON Schema of the setting's value."""
    found: dict[str, Any] = {"type": _JSON_TYPE[setting.type], "description": setting.description}
    if setting.unit:
        found["description"] += f" Unit: {setting.unit}."
    found["default"] = setting.default
    limits = {"minimum": setting.minimum, "maximum": setting.maximum, "enum": list(setting.choices) or None}
    found |= {key: limit for key, limit in limits.items() if limit is not None}
    if setting.type in (URL, SECRET):
        # What was written there may hold a password: it is not repeated.
        found["x-hint"] = f"expected {setting.expected}"
    if found["type"] == "string" and not setting.choices:
        found["maxLength"] = MAX_TEXT
    return found


def _boolean(setting: Setting, text: str) -> bool:
    if text.lower() not in _WORDS:
        raise SettingError(f"expected {setting.expected}, found {shown(text)}")
    return _WORDS[text.lower()]


def _whole(setting: Setting, text: str) -> int:
    if not _WHOLE.fullmatch(text):
        raise SettingError(f"expected {setting.expected}, found {shown(text)}")
    return int(text)


def _number(setting: Setting, text: str) -> float:
    if not _NUMBER.fullmatch(text):
        raise SettingError(f"expected {setting.expected}, found {shown(text)}")
    return float(text)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e100


def _is_whole(value: Any) -> bool:
    return _is_number(value) and isinstance(value, int)


def _is_url(value: str) -> bool:
    """http or https, a host, and nothing that is a secret: no user, no password, no query."""
    try:
        parts = urllib.parse.urlsplit(value)
        _port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname or not value.isascii():
        return False
    return not (
        parts.username or parts.password or parts.query or parts.fragment or set(value) & set(' \\"<>')
    )


_JSON_TYPE = {
    TEXT: "string",
    URL: "string",
    SECRET: "string",
    WHOLE: "integer",
    NUMBER: "number",
    BOOLEAN: "boolean",
}
_EXPECTED = {
    TEXT: "a text",
    WHOLE: "a whole number",
    NUMBER: "a number",
    BOOLEAN: "true or false",
    URL: "an address such as http://127.0.0.1:9090, without user, password and query",
    SECRET: "the name of a secret",
}
_IS_OF_TYPE = {
    TEXT: lambda value: isinstance(value, str),
    URL: lambda value: isinstance(value, str),
    SECRET: lambda value: isinstance(value, str),
    WHOLE: _is_whole,
    NUMBER: _is_number,
    BOOLEAN: lambda value: isinstance(value, bool),
}
_IS_WELL_FORMED = {TEXT: lambda value: True, URL: _is_url, SECRET: _SECRET_NAME.fullmatch}
_CONVERT = {
    TEXT: lambda setting, text: text,
    URL: lambda setting, text: text,
    SECRET: lambda setting, text: text,
    WHOLE: _whole,
    NUMBER: _number,
    BOOLEAN: _boolean,
}
