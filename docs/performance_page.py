"""Writes the tables of docs/performance.md from docs/performance.jsonl: ``python3 docs/performance_page.py``.

The lines are what ``tests/perf/measure.py`` measured. A test in tests/architecture fails when the page has others.
"""

import json
import re
from pathlib import Path

from performance_tables import tables

ROOT = Path(__file__).parents[1]
PAGE, FIGURES = "docs/performance.md", "docs/performance.jsonl"
BLOCK = re.compile(r"(<!-- measured: (\w+) -->\n).*?(<!-- end -->)", re.DOTALL)


def page(root: Path) -> str:
    """The text of docs/performance.md with the tables that the figures give."""
    lines = (root / FIGURES).read_text(encoding="utf-8").splitlines()
    rows = [json.loads(line) for line in lines]

    def block(match: re.Match) -> str:
        found = [row for row in rows if row["benchmark"] == match[2]]
        return f"{match[1]}\n{tables(found)}\n{match[3]}" if found else f"{match[1]}\n{match[3]}"

    return BLOCK.sub(block, (root / PAGE).read_text(encoding="utf-8"))


if __name__ == "__main__":
    (ROOT / PAGE).write_text(page(ROOT), encoding="utf-8")
