"""Secrets as they are stored: sealed with a key that is kept outside the database.

Fernet (https://github.com/fernet/spec): AES-128-CBC and HMAC-SHA256. The first key seals, each of them opens, so that
a new one can be put first and the others be dropped when everything is sealed anew.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

NO_KEY, BAD_KEY, NOT_OPENED, MISPLACED = REASONS = ("no_key", "bad_key", "not_opened", "misplaced")

# 32 bytes as URL-safe base64
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=", re.ASCII)


class VaultError(Exception):
    """Something cannot be sealed or opened: ``reason`` is one of REASONS; no content and no key is ever told."""

    def __init__(self, reason: str, line: int = 0):
        super().__init__(reason)
        self.reason = reason
        self.line = line


def parse_keys(text: str) -> tuple[str, ...]:
    """The keys of a file or a variable: one a line, or separated by blanks; # begins a comment.

    :raises VaultError: NO_KEY when there is none, BAD_KEY with its line when one is no key
    """
    keys: list[str] = []
    for number, line in enumerate(text.splitlines(), 1):
        for key in line.partition("#")[0].split():
            _check(key, number)
            keys.append(key)
    if not keys:
        raise VaultError(NO_KEY)
    return tuple(keys)


def _check(key: str, line: int) -> None:
    # Python's decoder would pass over what does not belong to it.
    if not _KEY.fullmatch(key):
        raise VaultError(BAD_KEY, line)


class Vault:
    """Seals with the first of the keys and opens with any of them."""

    def __init__(self, keys: Sequence[str]):
        self._first = Fernet(keys[0])
        self._all = MultiFernet([Fernet(key) for key in keys])

    def seal(self, value: str, owner: str) -> str:
        """A token for ``value``, which can only be opened as what ``owner`` (a name or a number) holds."""
        return self._first.encrypt(_payload(value, owner)).decode()

    def open(self, token: str, owner: str) -> str:
        """What was sealed.

        :raises VaultError: NOT_OPENED when no key opens it, MISPLACED when it was sealed for another owner
        """
        return _content(_opened(self._all, token), owner)

    def is_current(self, token: str) -> bool:
        """Whether it is the first key that opens it."""
        try:
            _opened(self._first, token)
        except VaultError:
            return False
        return True

    def rotate(self, token: str) -> str:
        """The same sealed anew with the first key; raises VaultError when no key opens it."""
        return self._first.encrypt(_opened(self._all, token)).decode()


def _payload(value: str, owner: str) -> bytes:
    return f"{owner}\0{value}".encode()


def _content(payload: bytes, owner: str) -> str:
    found, _separator, value = payload.decode().partition("\0")
    if found != owner:
        raise VaultError(MISPLACED)
    return value


def _opened(fernet: Fernet | MultiFernet, token: str) -> bytes:
    try:
        return fernet.decrypt(token)
    except (InvalidToken, ValueError, TypeError):
        raise VaultError(NOT_OPENED) from None
