"""The file from which Prometheus reads what to probe from outside (``ODOOOPS_PROBES_FILE``).

The operator of the server says where it is; without the variable nothing is written.
"""

import contextlib
import os
import tempfile
from pathlib import Path

from .tools import probes

VARIABLE = "ODOOOPS_PROBES_FILE"


def path() -> str:
    """Where it is; empty when nobody has said so."""
    return os.environ.get(VARIABLE, "")


def read() -> list[probes.Entry]:
    """What the file says now."""
    try:
        return probes.read(Path(path()).read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        return []


def write(entries: list[probes.Entry]) -> None:
    """Puts these in the place of what it says; Prometheus sees the old ones or the new ones. Raises OSError."""
    target = Path(path())
    handle, candidate = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(probes.write(entries))
        # Prometheus may run as another user.
        os.chmod(candidate, 0o644)
        os.replace(candidate, target)
    except OSError:
        with contextlib.suppress(OSError):
            os.unlink(candidate)
        raise
