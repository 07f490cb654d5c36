"""Who may depend on whom: the floor knows nobody, the four know only the floor, the client knows no addon."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from .source import (
    ADDONS,
    addon_package,
    files,
    finding,
    imports,
    lines_without_comments,
    modules,
    parsed,
    strings,
)

BASE, OTEL = "odooops_base", "odooops_otel"
# What is loaded server-wide runs where the addon is not installed: it cannot count on any model.
SERVER_WIDE = ("hooks.py", "tools", "telemetry")
MODEL_API = ("odoo.models", "odoo.fields", "odoo.api")
# Base is always there, and its models are patched where Odoo has no other place for it.
MODELS = re.compile(r"odoo\.addons\.(?!base\.)\w+\.models\b")


def foreign(addon: str) -> list[str]:
    """The addons of ours that ``addon`` must not name."""
    allowed = {addon} if addon == BASE else {addon, BASE}
    return [name for name in ADDONS if name not in allowed]


def python_imports(root: Path) -> list[str]:
    """Imports of one addon's Python that reach into an addon it may not know."""
    return [
        finding(root, path, line, f"{addon} imports {name}")
        for addon, path, tree in _addon_modules(root)
        for line, name in imports(tree, addon_package(root, path))
        if _names(name, foreign(addon))
    ]


def python_references(root: Path) -> list[str]:
    """XML ids, asset paths and module names of a forbidden addon in Python strings."""
    return [
        finding(root, path, line, f"{addon} refers to {text!r}")
        for addon, path, tree in _addon_modules(root)
        if path.name != "__manifest__.py"
        for line, text in strings(tree)
        if _reference(foreign(addon)).search(text)
    ]


def manifest_depends(root: Path) -> list[str]:
    """Dependencies in the manifests that the arrows do not allow."""
    found = []
    for path in sorted((root / "addons").glob("*/__manifest__.py")):
        for name in ast.literal_eval(path.read_text(encoding="utf-8")).get("depends", []):
            if name in foreign(path.parent.name):
                found.append(finding(root, path, 1, f"{path.parent.name} depends on {name}"))
    return found


def data_references(root: Path) -> list[str]:
    """References to a forbidden addon in XML, CSV, JavaScript and SCSS."""
    found = []
    for addon in ADDONS:
        pattern = _reference(foreign(addon))
        for path in files(root / "addons" / addon, ".xml", ".csv", ".js", ".scss"):
            for number, line in lines_without_comments(path.read_text(encoding="utf-8")):
                if match := pattern.search(line):
                    found.append(finding(root, path, number, f"{addon} refers to {match.group()}"))
    return found


def client_imports(root: Path) -> list[str]:
    """Imports of Odoo or of an addon in the command line client and the launcher."""
    source = root / "setup" / "odooops" / "src"
    return [
        finding(root, path, line, f"the client imports {name}")
        for path, tree in modules(source)
        for line, name in imports(tree, ".".join(path.relative_to(source).parent.parts))
        if _names(name, ["odoo", *ADDONS])
    ]


def server_wide_imports(root: Path) -> list[str]:
    """Imports of models, but for base's, in the part of odooops_otel that is loaded without its models."""
    addon = root / "addons" / OTEL
    found = []
    for part in SERVER_WIDE:
        for path, tree in _server_wide_modules(addon / part):
            for line, name in imports(tree, addon_package(root, path)):
                if _names(name, MODEL_API) or MODELS.match(name):
                    found.append(finding(root, path, line, f"server-wide code imports {name}"))
    return found


def _server_wide_modules(part: Path) -> Iterator[tuple[Path, ast.Module]]:
    if part.is_file():
        yield part, parsed(part)
    else:
        yield from modules(part)


def _addon_modules(root: Path) -> Iterator[tuple[str, Path, ast.Module]]:
    for addon in ADDONS:
        for path, tree in modules(root / "addons" / addon):
            yield addon, path, tree


def _names(dotted: str, forbidden: list[str]) -> bool:
    """Whether ``dotted`` is one of the forbidden modules or lies below one, with or without ``odoo.addons``."""
    short = dotted.removeprefix("odoo.addons.")
    return any(name == top or name.startswith(f"{top}.") for name in (dotted, short) for top in forbidden)


def _reference(names: list[str]) -> re.Pattern:
    # odooops_x.xml_id, @odooops_x/path, odooops_x/static/path
    return re.compile(rf"(?<![\w.-])@?(?:odoo\.addons\.)?(?:{'|'.join(names)})[./]\w+")
