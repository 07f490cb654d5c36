"""docs/coverage.md names the tests that there are."""

import ast
import re

NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def test_each_test_that_the_page_names_exists(repository):
    named = NAMED.findall((repository / "docs" / "coverage.md").read_text())
    assert named

    missing = {name for name in named if name[1] not in functions(repository / "tests" / "e2e" / name[0])}

    assert missing == set()


def functions(file) -> set[str]:
    return {node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)}
