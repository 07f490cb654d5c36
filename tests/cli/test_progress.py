"""What a person sees."""

import io

import pytest

from odooops.stack import progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_step_ends_in_one_line_with_its_time():
    stream = io.StringIO()
    with progress.Console(stream).step("Database") as step:
        step.note = "made"
    assert stream.getvalue().startswith("Database: made")
    assert stream.getvalue().endswith(" s\n")


def test_a_failed_step_prints_no_success_and_is_remembered():
    stream = io.StringIO()
    console = progress.Console(stream)
    with pytest.raises(ValueError, match="x"), console.step("Database"):
        raise ValueError("x")
    assert stream.getvalue() == ""
    assert console.current == "Database"


def test_a_long_step_moves_on_a_terminal_and_adds_lines_elsewhere(monkeypatch):
    for stream, interval, sign in (
        (Terminal(), "TTY_INTERVAL", "\r\033[K"),
        (io.StringIO(), "PLAIN_INTERVAL", "so far\n"),
    ):
        monkeypatch.setattr(progress, interval, 0.01)
        console = progress.Console(stream)
        with console.step("Download"):
            _wait_until(lambda stream=stream: "Download …" in stream.getvalue())
        assert sign in stream.getvalue()


def _wait_until(condition) -> None:
    import time

    deadline = time.monotonic() + 5
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)
