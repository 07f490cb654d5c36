"""The table of settings in readme/CONFIGURE.md is the one of tools/settings.py."""

import re
from pathlib import Path

from odoo.tests import BaseCase, tagged

from ..tools import settings

CONFIGURE = Path(__file__).parents[1] / "readme" / "CONFIGURE.md"


def rows() -> list[tuple[str, str, str]]:
    """Variable, default and meaning of each setting; one row for the options of all signals."""
    found = {}
    for option in settings.OPTIONS:
        own, common = option.variables[0], option.variables[-1]
        names, meaning = f"`{common}`", option.help
        if own != common:
            signal = next(signal for signal in settings.SIGNALS if signal.upper() in own)
            names += f", `{own.replace(signal.upper(), '<SIGNAL>')}`"
            meaning = meaning.removesuffix(f" ({signal})")
        found[common] = (names, f"`{option.default}`" if option.default else "", meaning)
    return list(found.values())


@tagged("post_install", "-at_install")
class TestReadme(BaseCase):
    maxDiff = None

    def test_table_of_settings_is_complete_and_true(self):
        lines = re.findall(r"^\|(.+)\|$", CONFIGURE.read_text(), re.MULTILINE)
        cells = [tuple(cell.strip() for cell in line.split("|")) for line in lines]
        self.assertEqual(cells[2:], rows(), "\n".join(f"| {' | '.join(row)} |" for row in rows()))
