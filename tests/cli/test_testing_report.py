"""setup/test: what is counted as passed, failed and skipped, and how it is told."""

from pathlib import Path

import pytest

from odooops.testing import report

CASES = """<testsuites><testsuite>
  <testcase classname="tests.a" name="test_good"/>
  <testcase classname="tests.a" name="test_bad"><failure message="no">trace</failure></testcase>
  <testcase classname="tests.b" name="test_broken"><error message="fixture">trace</error></testcase>
  <testcase classname="tests.b" name="test_left_out"><skipped message="no Chromium"/></testcase>
  <testcase classname="tests.b" name="test_left_out_too"><skipped message="no Chromium"/></testcase>
</testsuite></testsuites>"""


@pytest.fixture
def junit(tmp_path: Path):
    def write(text: str) -> Path:
        file = tmp_path / "unit.xml"
        file.write_text(text)
        return file

    return write


def test_failures_and_errors_are_named_and_skips_counted_by_reason(junit):
    outcome = report.read("unit", junit(CASES), 1, 2.0)

    assert outcome.passed == 1
    assert outcome.failures == ["tests.a.test_bad", "tests.b.test_broken"]
    assert outcome.skips == {"no Chromium": 2}


@pytest.mark.parametrize("text", ["<testsuites/>", "", "<testsuites><cut off"])
def test_a_tier_without_a_test_has_failed(junit, text):
    outcome = report.read("unit", junit(text), 5, 2.0)

    assert outcome.failures == ["unit: no test ran (exit code 5)"]


def test_a_tier_that_never_wrote_its_report_has_failed(tmp_path):
    assert report.read("e2e", tmp_path / "none.xml", 1, 2.0).failures == ["e2e: no test ran (exit code 1)"]


def test_a_runner_that_died_after_good_tests_has_failed(junit):
    text = '<testsuites><testcase classname="a" name="b"/></testsuites>'

    assert report.read("addons", junit(text), 139, 2.0).failures == ["addons: ended with exit code 139"]


def test_the_summary_ends_with_the_sums_and_gives_every_reason(junit):
    outcomes = [report.read("unit", junit(CASES), 1, 2.0), report.Outcome("config", passed=40, seconds=9.4)]

    lines = report.summary(outcomes).splitlines()

    assert lines[1].split() == ["unit", "1", "2", "2", "2"]
    assert lines[2].split() == ["config", "40", "0", "0", "9"]
    assert "failed: tests.b.test_broken" in lines
    assert "skipped: 2 in unit: no Chromium" in lines
    assert lines[-1] == "41 passed, 2 failed, 2 skipped"
