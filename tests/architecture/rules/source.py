"""Reading the files of a tree: parsed Python, text without comments, findings."""

import ast
import functools
import re
from collections.abc import Iterator
from pathlib import Path

ADDONS = ("odooops_base", "odooops_otel", "odooops_alerts", "odooops_audit", "odooops_sso")


def finding(root: Path, path: Path, line: int, message: str) -> str:
    """One line that an editor can jump to."""
    return f"{path.relative_to(root)}:{line}: {message}"


def files(folder: Path, *suffixes: str) -> Iterator[Path]:
    """The files below ``folder`` with one of the suffixes, in a stable order."""
    for path in sorted(folder.rglob("*")):
        if path.suffix in suffixes and path.is_file() and "__pycache__" not in path.parts:
            yield path


def modules(folder: Path) -> Iterator[tuple[Path, ast.Module]]:
    """Each Python file below ``folder`` with its syntax tree."""
    for path in files(folder, ".py"):
        yield path, parsed(path)


def parsed(path: Path) -> ast.Module:
    """The syntax tree of a Python file, parsed once for all rules."""
    return _parsed(path.read_text(encoding="utf-8"), str(path))


@functools.cache
def _parsed(text: str, name: str) -> ast.Module:
    return ast.parse(text, name)


@functools.cache
def _nodes(tree: ast.AST) -> list[ast.AST]:
    """All of a tree, walked once."""
    return list(ast.walk(tree))


def imports(tree: ast.AST, package: str) -> Iterator[tuple[int, str]]:
    """Line and absolute dotted name of everything imported; ``package`` is where the module lives.

    ``from a import b`` gives ``a.b``: whether ``b`` is a module or a name in one cannot be told.
    """
    for node in _nodes(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                parents = package.split(".")[: len(package.split(".")) - node.level + 1]
                base = ".".join([*parents, base] if base else parents)
            for alias in node.names:
                yield node.lineno, f"{base}.{alias.name}"


def addon_package(root: Path, path: Path) -> str:
    """The dotted package of a file in ``addons/``, as Odoo names it."""
    return ".".join(("odoo.addons", *path.relative_to(root / "addons").parent.parts))


def strings(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Line and value of each string in the code; docstrings are prose and left out."""
    prose = {
        id(node.value)
        for node in _nodes(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in _nodes(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield node.lineno, node.value


def lines_without_comments(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines of XML or JavaScript, comments blanked."""

    def blank(match: re.Match) -> str:
        return "\n" * match.group().count("\n")

    text = re.sub(r"<!--.*?-->|/\*.*?\*/", blank, text, flags=re.DOTALL)
    for number, line in enumerate(text.splitlines(), 1):
        yield number, re.sub(r"(^|\s)//.*", "", line)
