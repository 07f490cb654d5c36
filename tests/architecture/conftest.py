"""A tree of a few files to break rules in."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).parents[2]


@pytest.fixture
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture
def tree(tmp_path: Path) -> Callable[..., Path]:
    """Writes files given as ``{path: text}`` below an empty root and returns the root."""

    def write(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return write
