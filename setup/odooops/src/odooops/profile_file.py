"""Changes of the file of profiles that keep what its owner wrote into it: order and comments."""

import os
from pathlib import Path
from typing import Any

import tomlkit

from .profiles import NAME, ProfileError, read, read_private
from .stack.files import write_atomic


def add(path: Path, name: str, **options: Any) -> None:
    """Writes a profile, in the place of one of that name; the first one becomes the default. Raises ProfileError."""
    if not NAME.fullmatch(name):
        raise ProfileError(
            f"profile {name!r}: use letters, digits, dots, dashes and underscores, at most 63 of them"
        )
    document = _document(path)
    profiles = document.setdefault("profiles", tomlkit.table(is_super_table=True))
    profiles[name] = {option: value for option, value in options.items() if value not in (None, False)}
    if "default" not in document and len(profiles) == 1:
        document = _with_default(document, name)
    _write(path, document)


def use(path: Path, name: str) -> None:
    """Makes a profile the default; raises ProfileError when there is none of that name."""
    read(path).get(name)
    _write(path, _with_default(_document(path), name))


def remove(path: Path, name: str) -> None:
    """Deletes a profile; raises ProfileError when there is none of that name."""
    read(path).get(name)
    document = _document(path)
    del document["profiles"][name]
    if document.get("default") == name:
        del document["default"]
    _write(path, document)


def _with_default(document: tomlkit.TOMLDocument, name: str) -> tomlkit.TOMLDocument:
    if "default" not in document:
        # A key after a table would belong to it: it has to come first.
        return tomlkit.parse(f'default = "{name}"\n\n{tomlkit.dumps(document)}')
    document["default"] = name
    return document


def _document(path: Path) -> tomlkit.TOMLDocument:
    # Read in full first: a file with a mistake is not written over.
    read(path)
    try:
        return tomlkit.parse(read_private(path))
    except FileNotFoundError:
        return tomlkit.document()


def _write(path: Path, document: tomlkit.TOMLDocument) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # Through a link, as people keep such files elsewhere.
    write_atomic(Path(os.path.realpath(path)), tomlkit.dumps(document), mode=0o600)
