"""setup/test: programs that are interrupted, so that they can stop what they started."""

from types import SimpleNamespace

import pytest

from odooops.stack import account
from odooops.testing import prepare, process
from odooops.testing.places import Places


@pytest.fixture
def places(tmp_path):
    found = Places(tmp_path, tmp_path / "cache", account.current())
    for directory in (found.reports, found.checkout):
        directory.mkdir()
    return found


def test_a_command_that_has_to_stop_is_interrupted(places):
    class OnceItHasBegun:
        def is_set(self):
            return b"begun" in (places.base / "output").read_bytes()

    with (places.base / "output").open("w+b") as output:
        script = "trap 'echo ended; exit 5' INT; echo begun; while :; do sleep 0.1; done"

        code = process.call(["sh", "-c", script], 60, places, None, output=output, stop=OnceItHasBegun())

        output.seek(0)
        assert (code, output.read().split()) == (5, [b"begun", b"ended"])


def test_a_command_that_takes_too_long_is_interrupted_and_told(places, capsys):
    code = process.call(["sh", "-c", "trap 'exit 7' INT; while :; do sleep 0.1; done"], 1, places, None)

    assert code == 7
    assert "given up after 1 seconds" in capsys.readouterr().err


def test_bytecode_is_kept_by_the_account_alone(places, monkeypatch):
    monkeypatch.setattr(prepare.binaries, "ensure", lambda _state, _modules: SimpleNamespace(directories=[]))

    of_the_account, of_root = (
        prepare.environment(places, is_account=is_account) for is_account in (True, False)
    )

    assert of_the_account["PYTHONPYCACHEPREFIX"] == str(places.work.path("bytecode"))
    assert "PYTHONDONTWRITEBYTECODE" not in of_the_account
    assert (of_root["PYTHONDONTWRITEBYTECODE"], "PYTHONPYCACHEPREFIX" in of_root) == ("1", False)
