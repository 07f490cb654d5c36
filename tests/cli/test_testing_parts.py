"""setup/test: parts of a tier run at the same time, and give one account of themselves."""

import io
import os
import signal
import sys
import threading
import time
import xml.etree.ElementTree as ElementTree

import pytest

from odooops.stack.progress import Console
from odooops.testing import parts
from odooops.testing.parts import NO_TESTS, Part

# Says that it is there, waits for the other, and ends with the code that is asked for.
MEETING = """
import pathlib, sys, time
here, other, report, code = sys.argv[1:]
print("this is", here)
pathlib.Path(here).touch()
while other and not pathlib.Path(other).exists():
    time.sleep(0.02)
if report:
    text = f'<testsuites><testsuite name="{here}"><testcase classname="{here}" name="a"/></testsuite></testsuites>'
    pathlib.Path(report).write_text(text)
sys.exit(int(code))
"""


@pytest.fixture
def run(tmp_path):
    """``run(a=0, b=1)``: what comes of parts of these names that end with these codes, and what was told."""

    def make(script=MEETING, **codes):
        names = list(codes)
        found = []
        for name, code in codes.items():
            report = tmp_path / f"addons.{name}.xml"
            arguments = [name, *[other for other in names if other != name][:1], str(report), str(code)]
            command = [sys.executable, "-c", script, *arguments]
            found.append(Part(name, command, dict(os.environ), report))
        told = io.StringIO()
        return parts.run([found], tmp_path, tmp_path / "addons.xml", Console(told)), told.getvalue()

    return make


def cases(tmp_path):
    return [case.get("classname") for case in ElementTree.parse(tmp_path / "addons.xml").iter("testcase")]


def test_they_run_at_the_same_time_and_are_told_one_after_the_other(run, tmp_path):
    code, told = run(one=0, two=0)

    assert code == 0
    assert told.index("-- one\nthis is one") < told.index("-- two\nthis is two")
    assert cases(tmp_path) == ["one", "two"]


@pytest.mark.parametrize(
    ("codes", "expected"),
    [
        ({"one": 0, "two": 1}, 1),
        ({"one": 3, "two": 0}, 3),
        ({"one": NO_TESTS, "two": 0}, 0),
        ({"one": NO_TESTS, "two": 2}, 2),
        ({"one": NO_TESTS, "two": NO_TESTS}, NO_TESTS),
    ],
)
def test_one_that_fails_makes_the_whole_fail_and_one_without_a_test_only_when_all_are(run, codes, expected):
    code, _told = run(**codes)

    assert code == expected


def test_a_second_wave_begins_when_the_first_has_ended(tmp_path):
    trace = tmp_path / "trace"
    script = "import sys, time; f = open(sys.argv[1], 'a'); time.sleep(0.2); f.write(sys.argv[2])"

    def part(name):
        return Part(name, [sys.executable, "-c", script, trace, name], dict(os.environ), tmp_path / name)

    parts.run([[part("a")], [part("b")]], tmp_path, tmp_path / "all.xml", Console(io.StringIO()))

    assert trace.read_text() == "ab"


def test_one_that_wrote_no_report_takes_nothing_from_the_others(run, tmp_path):
    (tmp_path / "addons.two.xml").write_text(
        "<testsuites><testcase classname='of an earlier run'/></testsuites>"
    )

    code, _told = run(MEETING.replace("if report:", "if here == 'one':"), one=0, two=139)

    assert code == 139
    assert cases(tmp_path) == ["one"]


def test_an_interrupted_run_interrupts_them_and_waits_for_what_they_clean_up(run, tmp_path):
    script = MEETING + "\n"
    script = script.replace(
        "sys.exit", "try:\n    time.sleep(60)\nfinally:\n    pathlib.Path(here + '.clean').touch()\nsys.exit"
    )

    def interrupt():
        while not all((tmp_path / f"addons.{name}.xml").exists() for name in ("one", "two")):
            time.sleep(0.02)
        os.kill(os.getpid(), signal.SIGINT)

    threading.Thread(target=interrupt, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        run(script, one=0, two=0)

    assert (tmp_path / "one.clean").exists()
    assert (tmp_path / "two.clean").exists()
