"""The promise of tools/: values in, values out; no Odoo, network, clock, environment or chance of its own."""

import ast
from collections.abc import Iterator
from pathlib import Path

from .source import addon_package, files, finding, imports, modules

# Modules whose import gives nothing but functions of their arguments. A name that is missing here is
# a question to answer once, not a mistake: add it when the module cannot touch the outside world.
PURE_MODULES = frozenset(
    """
    __future__ abc array ast base64 binascii bisect calendar collections contextlib copy csv dataclasses datetime
    decimal difflib email enum fnmatch fractions functools gzip hashlib heapq hmac html ipaddress itertools json
    keyword math numbers operator posixpath random re statistics string struct textwrap types typing unicodedata
    urllib.parse uuid weakref zlib
    cryptography jsonschema lxml opentelemetry.context opentelemetry.propagate opentelemetry.trace promql_parser yaml
    """.split()
)
# Held to the same promise; the arrows say who may.
FLOOR = ["odoo.addons.odooops_base.tools"]
IMPURE_BUILTINS = frozenset({"__import__", "breakpoint", "compile", "eval", "exec", "input", "open", "print"})
# Functions of pure modules that read the clock, a file or a source of chance.
IMPURE_CALLS = frozenset(
    """
    SystemRandom date.today datetime.now datetime.today datetime.utcnow etree.parse getnode gzip.open
    hashlib.file_digest uuid1 uuid4
    """.split()
)


def impure_imports(root: Path) -> list[str]:
    """Imports in tools/ that are neither known to be pure, nor a neighbour in the same tools/ or the floor's."""
    return [
        finding(root, path, line, f"tools/ may not import {name}")
        for addon, path, tree in _tools(root)
        for line, name in imports(tree, addon_package(root, path))
        if not _below(name, PURE_MODULES) and not _below(name, [f"odoo.addons.{addon}.tools", *FLOOR])
    ]


def impure_calls(root: Path) -> list[str]:
    """Calls in tools/ that read the clock, a file or chance, or run text as code."""
    return [
        finding(root, path, node.lineno, f"tools/ may not call {name}()")
        for _addon, path, tree in _tools(root)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and _is_impure(name := _dotted(node.func), node)
    ]


def unmirrored(root: Path) -> list[str]:
    """Modules of tools/ without their test module in tests/unit/<addon>/, and the reverse."""
    found = []
    for addon in sorted(path.parent.name for path in (root / "addons").glob("*/tools")):
        tools, tests = root / "addons" / addon / "tools", root / "tests" / "unit" / addon
        sources = {path.relative_to(tools).with_suffix("") for path in _plain_modules(tools)}
        mirrored = {_source_of(path.relative_to(tests)) for path in files(tests, ".py") if _is_test(path)}
        for name in sorted(sources - mirrored):
            found.append(finding(root, tools / f"{name}.py", 1, "has no test module in tests/unit"))
        for name in sorted(mirrored - sources):
            found.append(finding(root, tests / _test_of(name), 1, f"tests no module of {addon}/tools"))
    return found


def _tools(root: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    for folder in sorted((root / "addons").glob("*/tools")):
        for path, tree in modules(folder):
            yield folder.parent.name, path, tree


def _is_impure(name: str, node: ast.Call) -> bool:
    if name in ("random.Random", "Random"):
        return not node.args  # without a seed it asks the system for one
    if name.startswith("random."):
        return True  # the module's own generator is shared and seeded by chance
    return name in IMPURE_BUILTINS or any(name == call or name.endswith(f".{call}") for call in IMPURE_CALLS)


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _below(name: str, tops: frozenset[str] | list[str]) -> bool:
    return any(name == top or name.startswith(f"{top}.") for top in tops)


def _plain_modules(folder: Path) -> Iterator[Path]:
    return (path for path in files(folder, ".py") if path.name != "__init__.py")


def _is_test(path: Path) -> bool:
    return path.name.startswith("test_")


def _source_of(test: Path) -> Path:
    return test.with_name(test.stem.removeprefix("test_"))


def _test_of(source: Path) -> Path:
    return source.with_name(f"test_{source.name}.py")
