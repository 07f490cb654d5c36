"""setup/test addons: each addon's tests are a part, and what is named is run alone."""

import pytest

from odooops.stack import ports
from odooops.stack.errors import StackError
from odooops.stack.progress import Console
from odooops.testing import addons


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], {name: [f"addons/{name}/tests"] for name in ("odooops_base", "odooops_otel")}),
        (
            ["-k", "gate"],
            {name: ["-k", "gate", f"addons/{name}/tests"] for name in ("odooops_base", "odooops_otel")},
        ),
        (
            ["-x", "addons/odooops_otel/tests/test_slot.py"],
            {"odooops_otel": ["-x", "addons/odooops_otel/tests/test_slot.py"]},
        ),
        (
            ["addons/odooops_base/tests/test_gate.py::TestGate", "addons/odooops_base/tests/test_key.py"],
            {
                "odooops_base": [
                    "addons/odooops_base/tests/test_gate.py::TestGate",
                    "addons/odooops_base/tests/test_key.py",
                ]
            },
        ),
    ],
)
def test_pytest_is_told_what_is_of_that_addon(state, arguments, expected):
    assert addons._chosen(state, arguments) == expected


def test_a_path_of_no_addon_is_refused(state):
    with pytest.raises(StackError, match="has such tests"):
        addons._chosen(state, ["addons/odooops_none/tests/test_a.py"])


def test_its_ports_are_left_alone_by_a_stack_that_is_set_up_beside_it(state, monkeypatch):
    seen = []

    def look(state):
        seen.extend(map(ports.is_free, state.record["ports"].values()))
        raise StackError("enough")

    monkeypatch.setattr(addons.odoo, "ensure", look)
    with pytest.raises(StackError, match="enough"):
        addons.run_tests(state, state.path("report.xml"), [], Console())

    assert seen
    assert not any(seen)
