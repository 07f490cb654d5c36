"""What a backup may say about itself."""

from __future__ import annotations

import re

KINDS = ("dump", "filestore", "full", "other")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")
# scheme://user:password@host
_CREDENTIALS = re.compile(r"^[a-z][a-z0-9+.-]*://[^/@\s]*:[^/@\s]*@", re.IGNORECASE)


def is_checksum(text: str) -> bool:
    """Whether this is ``sha256:`` and 64 hexadecimal digits in lower case, as ``sha256sum`` prints them."""
    return bool(_SHA256.fullmatch(text))


def has_credentials(location: str) -> bool:
    """Whether an address holds a password."""
    return bool(_CREDENTIALS.match(location))
