"""setup/test addons: each addon's tests are a part, those of processes another, and what is named is run alone."""

from dataclasses import replace

import pytest

from odooops.stack import ports
from odooops.stack.errors import StackError
from odooops.stack.progress import Console
from odooops.testing import addons


@pytest.fixture
def state(state, tmp_path):
    """A checkout whose two addons have tests; two files of one are of processes."""
    files = {
        "odooops_base": ("__init__.py", "common.py", "test_gate.py", "test_key.py"),
        "odooops_otel": ("test_processes.py", "test_worker_processes.py", "test_log_processes.py"),
    }
    for addon, names in files.items():
        tests = tmp_path / "checkout" / "addons" / addon / "tests"
        tests.mkdir(parents=True)
        (tests.parent / "__manifest__.py").touch()
        for name in names:
            (tests / name).touch()
    return replace(state, checkout=tmp_path / "checkout")


BASE, OTEL = "addons/odooops_base/tests", "addons/odooops_otel/tests"


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (
            ["-k", "gate"],
            {
                "odooops_base": ["-k", "gate", f"{BASE}/test_gate.py", f"{BASE}/test_key.py"],
                "odooops_otel": ["-k", "gate", f"{OTEL}/test_processes.py"],
                "odooops_otel_processes": [
                    "-k",
                    "gate",
                    f"{OTEL}/test_log_processes.py",
                    f"{OTEL}/test_worker_processes.py",
                ],
            },
        ),
        (["-x", f"{OTEL}/test_slot.py"], {"odooops_otel": ["-x", f"{OTEL}/test_slot.py"]}),
        (
            [f"{BASE}/test_gate.py::TestGate", f"{BASE}/test_key.py"],
            {"odooops_base": [f"{BASE}/test_gate.py::TestGate", f"{BASE}/test_key.py"]},
        ),
        (
            [f"{OTEL}/test_log_processes.py::TestLog::test_a"],
            {"odooops_otel_processes": [f"{OTEL}/test_log_processes.py::TestLog::test_a"]},
        ),
        (
            [OTEL],
            {
                "odooops_otel": [f"{OTEL}/test_processes.py"],
                "odooops_otel_processes": [
                    f"{OTEL}/test_log_processes.py",
                    f"{OTEL}/test_worker_processes.py",
                ],
            },
        ),
    ],
)
def test_pytest_is_told_what_is_of_that_part(state, arguments, expected):
    assert addons._chosen(state, arguments) == expected


@pytest.mark.filterwarnings("ignore:'crypt' is deprecated")
def test_the_cheap_hash_is_one_of_the_administrator_s_password():
    from passlib.hash import pbkdf2_sha512

    assert pbkdf2_sha512.verify("admin", addons.CHEAP)
    assert pbkdf2_sha512.from_string(addons.CHEAP).rounds == 1


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
