"""From JUnit files to the summary of a run."""

import xml.etree.ElementTree as ElementTree
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Outcome:
    """What came of one tier."""

    tier: str
    passed: int = 0
    failures: list[str] = field(default_factory=list)
    """Names of the failed tests, or why the tier did not run."""

    skips: Counter[str] = field(default_factory=Counter)
    """Reason → number of tests skipped for it."""

    seconds: float = 0.0

    @property
    def skipped(self) -> int:
        return self.skips.total()


def read(tier: str, file: Path, code: int, seconds: float) -> Outcome:
    """The outcome of a tier from pytest's JUnit file and exit code; a tier without a test has failed."""
    outcome = Outcome(tier, seconds=seconds)
    try:
        cases = list(ElementTree.parse(file).iter("testcase"))
    except (FileNotFoundError, ElementTree.ParseError):
        cases = []
    for case in cases:
        _count(case, outcome)
    if not cases:
        outcome.failures.append(f"{tier}: no test ran (exit code {code})")
    elif code and not outcome.failures:
        outcome.failures.append(f"{tier}: ended with exit code {code}")
    return outcome


def _count(case: ElementTree.Element, outcome: Outcome) -> None:
    name = f"{case.get('classname')}.{case.get('name')}"
    skipped = case.find("skipped")
    if case.find("failure") is not None or case.find("error") is not None:
        outcome.failures.append(name)
    elif skipped is not None:
        outcome.skips[skipped.get("message") or "no reason given"] += 1
    else:
        outcome.passed += 1


def summary(outcomes: Iterable[Outcome]) -> str:
    """A table of the tiers, what failed, why tests were skipped, and the closing line."""
    outcomes = list(outcomes)
    lines = [f"{'TIER':<8} {'PASSED':>7} {'FAILED':>7} {'SKIPPED':>8} {'SECONDS':>8}"]
    lines += [
        f"{o.tier:<8} {o.passed:>7} {len(o.failures):>7} {o.skipped:>8} {o.seconds:>8.0f}" for o in outcomes
    ]
    lines += [f"failed: {name}" for o in outcomes for name in o.failures]
    lines += [
        f"skipped: {number} in {o.tier}: {reason}" for o in outcomes for reason, number in o.skips.items()
    ]
    passed = sum(o.passed for o in outcomes)
    failed = sum(len(o.failures) for o in outcomes)
    return "\n".join(
        [*lines, "", f"{passed} passed, {failed} failed, {sum(o.skipped for o in outcomes)} skipped"]
    )
