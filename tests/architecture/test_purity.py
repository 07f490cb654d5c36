"""Design §3: tools/ is pure Python, values in, values out."""

import pytest
from rules import purity

PATH = "addons/odooops_otel/tools/sample.py"


@pytest.mark.parametrize("rule", [purity.impure_imports, purity.impure_calls, purity.unmirrored])
def test_the_repository_keeps_the_promise(rule, repository):
    assert rule(repository) == []


@pytest.mark.parametrize(
    "statement",
    [
        "import odoo",
        "from odoo.tools import sql",
        "import socket",
        "import http.client",
        "import urllib.request",
        "from urllib import request",
        "import requests",
        "import subprocess",
        "import os",
        "import time",
        "import threading",
        "import logging",
        "import secrets",
        "from ..telemetry import recorder",
        "from .. import hooks",
        "from odoo.addons.odooops_base import outbound",
    ],
)
def test_an_import_that_reaches_outside_is_found(tree, statement):
    assert len(purity.impure_imports(tree({PATH: statement}))) == 1


def test_pure_modules_and_neighbours_may_be_imported(tree):
    text = """
        import re
        import urllib.parse
        from . import otlp
        from .semconv import METRICS
        from collections.abc import Iterator
        from odoo.addons.odooops_base.tools.settings import Setting
    """

    assert purity.impure_imports(tree({PATH: text})) == []


@pytest.mark.parametrize(
    "call",
    [
        "open('x')",
        "eval('1')",
        "datetime.now()",
        "dt.datetime.now(tz)",
        "date.today()",
        "random.random()",
        "random.Random()",
        "uuid.uuid4()",
        "gzip.open('x')",
    ],
)
def test_a_call_that_reads_clock_file_or_chance_is_found(tree, call):
    assert len(purity.impure_calls(tree({PATH: f"x = {call}"}))) == 1


@pytest.mark.parametrize(
    "call", ["random.Random(7)", "datetime.fromtimestamp(t, tz)", "clock.now()", "gzip.compress(b)"]
)
def test_the_same_with_its_input_given_is_allowed(tree, call):
    assert purity.impure_calls(tree({PATH: f"x = {call}"})) == []


def test_the_rule_is_about_tools_alone(tree):
    root = tree({"addons/odooops_otel/telemetry/clock.py": "import time\nnow = time.time()\n"})

    assert purity.impure_imports(root) + purity.impure_calls(root) == []


def test_a_module_without_tests_and_a_test_without_module_are_found(tree):
    root = tree(
        {
            "addons/odooops_otel/tools/__init__.py": "",
            "addons/odooops_otel/tools/otlp.py": "x = 1",
            "addons/odooops_otel/tools/deep/chain.py": "x = 1",
            "addons/odooops_otel/tools/tested.py": "x = 1",
            "tests/unit/odooops_otel/test_tested.py": "",
            "tests/unit/odooops_otel/vectors.py": "",
            "tests/unit/odooops_otel/deep/test_gone.py": "",
        }
    )

    assert purity.unmirrored(root) == [
        "addons/odooops_otel/tools/deep/chain.py:1: has no test module in tests/unit",
        "addons/odooops_otel/tools/otlp.py:1: has no test module in tests/unit",
        "tests/unit/odooops_otel/deep/test_gone.py:1: tests no module of odooops_otel/tools",
    ]
