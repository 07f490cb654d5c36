"""The command lines of setup/up, setup/down and odooops."""

import pytest

from odooops import main as odooops
from odooops.stack import __main__ as launcher


@pytest.mark.parametrize("text", ["0", "80", "65536", "-1", "eight", "80 90", "", "٨٠٦٩"])
def test_a_port_that_cannot_be_is_refused_in_one_line(text, capsys):
    assert launcher.main(["up", f"--port={text}"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert f"--port {text}" in lines[0]
    assert "1024 to 65535" in lines[0]


def test_an_option_may_not_be_abbreviated():
    # --res for --reset would delete a database by a slip of the finger.
    with pytest.raises(SystemExit) as stop:
        launcher.parser().parse_args(["up", "--res"])
    assert stop.value.code == 2


def test_up_takes_the_options_of_the_interface():
    options = launcher.parser().parse_args(["up", "--core", "--reset", "--port", "8070", "--state", "/srv/x"])
    assert (options.core, options.reset, options.port, options.state) == (True, True, "8070", "/srv/x")


def test_a_malformed_state_path_is_refused_in_one_line(capsys):
    assert launcher.main(["down", "--state", "/srv/my stack"]) == 1
    assert capsys.readouterr().err == (
        "setup: --state: '/srv/my stack' may hold only letters, digits and . _ - + @ /; choose another path\n"
    )


def test_down_says_when_there_is_nothing(tmp_path, capsys):
    assert launcher.main(["down", "--state", str(tmp_path / "none")]) == 0
    assert "Nothing is up" in capsys.readouterr().out


def test_the_command_line_client_needs_an_environment(tmp_path, capsys):
    assert launcher.main(["cli", "status", "--state", str(tmp_path / "none")]) == 3
    error = capsys.readouterr().err
    assert "run setup/up first" in error
    assert str(tmp_path / "none") in error


def test_an_interruption_ends_in_one_line(monkeypatch, capsys):
    def interrupted(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(launcher, "up", interrupted)
    assert launcher.main(["up"]) == 130
    assert capsys.readouterr().err == "setup: interrupted. Nothing is lost: run setup/up again to go on\n"


def test_a_full_disk_is_told_with_the_path_and_the_free_space(monkeypatch, tmp_path, capsys):
    def full(*arguments):
        raise OSError(28, "No space left on device", str(tmp_path / "file"))

    monkeypatch.setattr(launcher, "up", full)
    assert launcher.main(["up"]) == 1
    error = capsys.readouterr().err
    assert f"no space left on the file system of {tmp_path / 'file'}" in error
    assert "MB free" in error


def test_status_wants_table_or_json():
    with pytest.raises(SystemExit):
        odooops.main(["status", "--output", "xml"])
