"""What a backup may say about itself."""

from __future__ import annotations

import re

KINDS = ("dump", "filestore", "full", "other")
_SHA256 = re.compile(r"sha256:[0-9a-f]{64}")


def is_checksum(text: str) -> bool:
    """Whether this is ``sha256:`` and 64 hexadecimal digits in lower case, as ``sha256sum`` prints them."""
    return bool(_SHA256.fullmatch(text))
