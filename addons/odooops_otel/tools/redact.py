"""What must not leave the process, and what stands there instead: one policy for traces, logs and metrics.

The data that the OWASP Logging Cheat Sheet says to leave out
(https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html#data-to-exclude): passwords, tokens, keys,
session ids, cookies, query strings, e-mail addresses, logins, payment cards, bank accounts, and the values that
PostgreSQL and Python quote. It knows names and forms, so it is a net and not a proof: what nobody would recognise
is not found. docs/redaction.md is the policy in words.
"""

from __future__ import annotations

import functools
import re
import urllib.parse
from collections.abc import Collection, Mapping, Sequence

from .secret_patterns import CARD, IBAN, REDACTED, RULES, SECRET_NAME, SESSION_ID, card, iban, named
from .semconv import DATABASE

_SECRET_KEY = re.compile(SECRET_NAME, re.IGNORECASE)
# A number of this name is the secret itself, and not how many or how old: ``otp``, but not ``input_tokens``.
_SECRET_NUMBER = re.compile(rf"(?:{SECRET_NAME})$", re.IGNORECASE)
# Without any of these no rule finds anything: a sign beside those of names and paths, or many in a row.
_SUSPECT = re.compile(r"[^\w./-]|[\w-]{15}|\d{13}|eyJ")
# A part of a path or query
_WORD = re.compile(r"[^\s\"'<>/?&;,]++")
# Of attributes that instrumentation libraries write by themselves: headers, bodies, parameters, what identifies a
# person. https://opentelemetry.io/docs/specs/semconv/registry/attributes/
_WITHHELD_KEY = re.compile(
    r"(?:http|rpc)\.(?:[\w.]+\.)?(?:request|response)\.(?:header|metadata|body(?!\.size)).*"
    r"|db\.(?:statement\.parameters|query\.parameter\..*|operation\.parameter\..*|user)|url\.query"
    r"|exception\.message|messaging\.message\.body|graphql\.document|process\.command_(?:args|line)"
    r"|enduser\..*|user\.(?:email|full_name|name)"
)


class Policy:
    """What is found by default, and what a site says of its own.

    :param names: names of parameters, fields and attributes whose values are withheld as well, in any case
    :param patterns: regular expressions of what is taken out of every text (:mod:`extra_pattern` checks them)
    """

    def __init__(self, names: Sequence[str] = (), patterns: Sequence[str] = ()):
        self._given = (*names,), (*patterns,)
        self._added: tuple[Sequence[str], Sequence[str]] = ((), ())
        self._kept: frozenset[str] = frozenset()
        # How often it has changed: who remembers what he was shown forgets it when this is another number.
        self.changes = 0
        self._build(*self._given)

    def add(self, names: Sequence[str], patterns: Sequence[str]) -> bool:
        """Look for these as well, in place of what was added before. Whoever uses the policy goes on with it.

        Returns whether that was a change.
        """
        added = (*names,), (*patterns,)
        if added == self._added:
            return False
        own_names, own_patterns = self._given
        self._build(own_names + added[0], own_patterns + added[1])
        self._added = added
        self.changes += 1
        return True

    def keep(self, texts: Collection[str]) -> None:
        """Take what patterns of the site find out of none of these, where one of them is all of a text.

        They are the names of databases: a pattern that fits them would put together what is of several.
        """
        if self._kept != texts:
            self._kept = frozenset(texts)
            self._remember()
            self.changes += 1

    def _build(self, names: Sequence[str], patterns: Sequence[str]) -> None:
        """Each attribute is replaced in one step; other threads read on meanwhile."""
        own = "|".join(re.escape(name) for name in dict.fromkeys(names))
        rules = [*RULES]
        if own:
            signs = tuple(name.lower() for name in names)
            rules.insert(0, (signs, named(rf"(?<!\w)(?:{own})(?!\w)"), rf"\1{REDACTED}"))
        self._name = re.compile(rf"(?:{own})", re.IGNORECASE) if own else None
        self._rules = rules
        self._patterns = [re.compile(pattern) for pattern in dict.fromkeys(patterns)]
        self._remember()

    def _remember(self) -> None:
        """Last: what is remembered is of the rules that were built. Keys are few, and so are names."""
        self.is_secret = functools.lru_cache(maxsize=4096)(self._is_secret)
        self.hides_numbers = functools.lru_cache(maxsize=4096)(self._hides_numbers)
        self._shown = functools.lru_cache(maxsize=4096)(self.text)

    def shown(self, text: str) -> str:
        """As :meth:`text`, remembered: for the same few texts again and again."""
        return self._shown(text)

    def text(self, text: str) -> str:
        """The text with ``REDACTED`` in place of what the rules find, also within what is percent-encoded."""
        if not self._patterns:
            if not _SUSPECT.search(text):
                return text
        elif text in self._kept:
            return redact(text)
        if "%" in text:
            text = _WORD.sub(self._decoded, text)
        return self._plain(text)

    def _decoded(self, match: re.Match) -> str:
        word = match[0]
        decoded = urllib.parse.unquote(word, errors="replace") if "%" in word else word
        return word if decoded == word or self._plain(decoded) == decoded else REDACTED

    def _plain(self, text: str) -> str:
        signs = text.lower()
        for needles, pattern, replacement in self._rules:
            for needle in needles:
                if needle in signs:
                    text = pattern.sub(replacement, text)
                    break
        for pattern in self._patterns:
            text = pattern.sub(REDACTED, text)
        if len(text) >= 84:
            text = SESSION_ID.sub(REDACTED, text)
        return IBAN.sub(iban, CARD.sub(card, text))

    def label(self, key: str, value: str | int | None) -> str | int | None:
        """As :meth:`value`, remembered: of the few values that an attribute of metrics has."""
        if isinstance(value, str):
            return REDACTED if value and self.is_secret(key) else self._shown(value)
        return REDACTED if value is not None and self.hides_numbers(key) else value

    def value(self, key: str, value: object) -> object:
        """The value of an attribute, also within sequences: texts are redacted, numbers only by their names."""
        if isinstance(value, str):
            return REDACTED if value and self.is_secret(key) else self.text(value)
        if isinstance(value, tuple | list):
            return tuple(self.value(key, item) for item in value)
        return REDACTED if value is not None and self.hides_numbers(key) else value

    def values(self, attributes: Mapping[str, object]) -> dict[str, object]:
        """Attributes with their values redacted."""
        return {key: self.value(key, value) for key, value in attributes.items()}

    def beginning(self, text: str, limit: int) -> str:
        """At most so many signs of a text. What is cut off is read a little way on, or half a secret would stay."""
        return self.text(text[: 2 * limit])[:limit]

    def unless_secret(self, text: str) -> str:
        """A text that means nothing in part, such as ``tracestate``: as it is, or empty."""
        return text if not text or self.text(text) == text else ""

    def _is_secret(self, key: str) -> bool:
        """Whether no text is shown that is the value of an attribute of this name."""
        return self._is_own(key) or bool(_SECRET_KEY.search(key))

    def _hides_numbers(self, key: str) -> bool:
        """Whether not even a number is shown that is the value of an attribute of this name."""
        return self._is_own(key) or bool(_SECRET_NUMBER.search(key))

    def _is_own(self, key: str) -> bool:
        # Dashboards, alerts and routes tell by the database whose telemetry it is: no rule of names withholds it.
        return self._name is not None and key != DATABASE and bool(self._name.fullmatch(key))


def is_withheld(key: str) -> bool:
    """Whether an attribute that a library wrote by itself is left out whole."""
    return bool(_WITHHELD_KEY.fullmatch(key))


DEFAULT = Policy()


def redact(text: str) -> str:
    """The text by the default policy."""
    return DEFAULT.text(text)
