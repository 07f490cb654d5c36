"""Writes what is generated about configuration: ``python3 docs/configuration_page.py``.

That is docs/observability.schema.json, and the tables between the marks in docs/configuration.md. Both are made of the
declarations: ``settings.py`` of each addon, and ``SECTIONS`` in its ``tools/configuration/declared.py``.
"""

import importlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

ROOT = Path(__file__).parents[1]
sys.path.append(str(ROOT / "docs"))

from markdown_table import table  # noqa: E402

PAGE = ROOT / "docs" / "configuration.md"
SCHEMA = ROOT / "docs" / "observability.schema.json"


def schema(root: Path = ROOT) -> str:
    """The text of the schema's file."""
    _register(root)
    sections = importlib.import_module("odooops_base.tools.configuration.sections")
    return json.dumps(sections.whole_schema(_sections(root)), indent=2, ensure_ascii=False) + "\n"


def page(text: str, root: Path = ROOT) -> str:
    """The page with its tables made anew."""
    _register(root)
    tables = {"settings": _settings_table(root), "sections": _sections_table(root)}
    for name, content in tables.items():
        marks = rf"(<!-- {name} -->\n).*?(<!-- /{name} -->)"
        text = re.sub(
            marks, lambda found, content=content: f"{found[1]}\n{content}\n{found[2]}", text, flags=re.DOTALL
        )
    return text


def _register(root: Path) -> None:
    """Lets the addons' declarations be imported where there is no Odoo: their own __init__ is not run."""
    addons = root / "addons"
    _package("odoo", addons)
    _package("odoo.addons", addons)
    for manifest in addons.glob("odooops_*/__manifest__.py"):
        _package(manifest.parent.name, manifest.parent)
        _package(f"odoo.addons.{manifest.parent.name}", manifest.parent)


def _package(name: str, folder: Path) -> None:
    package = ModuleType(name)
    package.__path__ = [str(folder)]
    sys.modules.setdefault(name, package)


def settings(root: Path = ROOT) -> list:
    """What every addon declares in its settings.py."""
    _register(root)
    modules = (importlib.import_module(f"{addon}.settings") for addon in _addons_with(root, "settings.py"))
    return [setting for module in modules for setting in module.SETTINGS]


def _sections(root: Path) -> list:
    declared = importlib.import_module("odooops_base.tools.configuration.declared")
    found = [declared.settings(settings(root))]
    for addon in _addons_with(root, "tools/configuration/declared.py"):
        found += importlib.import_module(f"{addon}.tools.configuration.declared").SECTIONS
    return sorted(found, key=lambda section: section.name)


def _addons_with(root: Path, name: str) -> Iterator[str]:
    return (path.name for path in sorted((root / "addons").glob("odooops_*")) if (path / name).is_file())


def _settings_table(root: Path) -> str:
    texts = importlib.import_module("odooops_base.tools.settings")
    rows = [
        (
            f"`{setting.name}`",
            f"`{setting.env}`",
            setting.expected[0].upper() + setting.expected[1:],
            f"`{texts.text_of(setting.default)}`" if setting.default != "" else "",
            setting.description,
        )
        for setting in sorted(settings(root), key=lambda setting: setting.name)
    ]
    return table(("Setting", "Variable", "Takes", "Default", "Meaning"), rows)


def _sections_table(root: Path) -> str:
    rows = []
    for section in _sections(root):
        rows.append((f"**`{section.name}`**", "", section.description))
        rows += [
            (
                f"`{own.name}`",
                _kind(own.schema) + (", required" if own.required else ""),
                own.schema["description"],
            )
            for own in section.fields
        ]
    return table(("Key", "Takes", "Meaning"), rows)


def _kind(own: dict) -> str:
    if "enum" in own:
        return ", ".join(f"`{value}`" for value in own["enum"] if value)
    limits = [str(own[key]) for key in ("minimum", "maximum") if key in own]
    name = {"string": "text", "integer": "whole number", "array": "list of names"}.get(
        own["type"], own["type"]
    )
    return f"{name} from {' to '.join(limits)}" if len(limits) == 2 else name


if __name__ == "__main__":
    SCHEMA.write_text(schema(), encoding="utf-8")
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
