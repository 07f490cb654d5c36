"""Rules of sampling: which of them decides for a request or a job, and what it says.

The first rule whose pattern fits decides everything; what no rule fits is kept as the database's default says. What a
request or job is (its subject) is one of few: each is looked for in the rules once, and remembered.
"""

from __future__ import annotations

import dataclasses
import fnmatch
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from . import sampling, semconv
from .settings import Settings

ROUTE, METHOD, JOB, ANY = KINDS = ("route", "method", "job", "any")
# Where the spans of statements come from: Odoo's hooks, or the driver.
HOOKS, DRIVER = SQL_SOURCES = ("hooks", "driver")
# What a rule for routes may be limited to.
HTTP_METHODS = tuple(sorted(semconv.HTTP_METHODS))
MAX_PATTERN = 200
MAX_STATEMENTS = 10_000
_WILDCARDS = frozenset("*?[")
# Routes, methods of models and jobs that are remembered.
MAX_SUBJECTS = 5000


class Subject(NamedTuple):
    """What rules look at: the route of a request and the method that it calls, or a job's name.

    ``http_method`` is None where no rule asks for it.
    """

    route: str | None = None
    method: str | None = None
    job: str | None = None
    http_method: str | None = None


class Decision(NamedTuple):
    """What holds for a subject. ``bound`` is the ratio as :func:`tools.sampling.is_below` takes it."""

    rule: str  # empty: none fits
    ratio: float  # share that is kept whatever becomes of it
    bound: int
    slow: float  # s; what took as long is kept, too
    statement_limit: int  # statements that become spans
    uses_driver: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Default:
    """What holds where no rule fits. ``is_fixed``: the ratio holds for what rules fit as well."""

    ratio: float
    slow: float  # s
    statement_limit: int
    sql: str
    is_fixed: bool = False

    @property
    def decision(self) -> Decision:
        bound = sampling.bound_of("traceidratio", self.ratio)
        return Decision("", self.ratio, bound, self.slow, self.statement_limit, self.sql == DRIVER)


@dataclasses.dataclass(frozen=True, slots=True)
class Rule:
    """One rule; 0 and empty texts leave to the default what they would say.

    ``pattern`` is a shell's: ``*`` stands for any text, slashes and dots included, ``?`` for one character.
    """

    name: str
    kind: str
    pattern: str
    ratio: float
    slow: float = 0.0  # s
    statement_limit: int = 0
    sql: str = ""
    http_method: str = ""

    def fits(self, subject: Subject) -> bool:
        if self.http_method and self.http_method != subject.http_method:
            return False
        if self.kind == ANY:
            return True
        name = {ROUTE: subject.route, METHOD: subject.method, JOB: subject.job}[self.kind]
        return name is not None and fnmatch.fnmatchcase(name, self.pattern)

    def decision(self, default: Default) -> Decision:
        """What it says, completed by the default."""
        ratio = default.ratio if default.is_fixed else self.ratio
        return Decision(
            self.name,
            ratio,
            sampling.bound_of("traceidratio", ratio),
            self.slow or default.slow,
            self.statement_limit or default.statement_limit,
            (self.sql or default.sql) == DRIVER,
        )


class Policy:
    """The rules of a database in their order, and its default."""

    def __init__(self, rules: Iterable[Rule], default: Default):
        self.rules = tuple(rules)
        self.default = default.decision
        # Whether a rule chooses the driver where the default does not: requests have to be looked at before they end.
        self.has_driver_rules = not self.default.uses_driver and any(
            rule.sql == DRIVER for rule in self.rules
        )
        self._default = default
        # Any other is as good as none: what callers make up takes no place among what is remembered.
        self._http_methods = frozenset(rule.http_method for rule in self.rules) - {""}
        self._decided: dict[tuple, Decision] = {}

    def decide(
        self, route: str | None, method: str | None, job: str | None, http_method: str | None = None
    ) -> Decision:
        """What holds for a request or job; asked for each one, and looked for once."""
        key = (route, method, job, http_method if http_method in self._http_methods else None)
        found = self._decided.get(key)
        if found is None:
            if len(self._decided) >= MAX_SUBJECTS:
                self._decided.clear()
            found = self._decided[key] = self._find(Subject(*key))
        return found

    def _find(self, subject: Subject) -> Decision:
        for rule in self.rules:
            if rule.fits(subject):
                return rule.decision(self._default)
        return self.default


def can_fit(kind: str, pattern: str) -> bool:
    """Whether there could be anything that the pattern of a rule fits: a route begins with a slash, a method has none
    and names its model. Of scheduled actions, which people name, nothing is known.
    """
    if kind == ROUTE:
        return pattern.startswith("/") or pattern[:1] in _WILDCARDS
    if kind == METHOD:
        has_model = "." in pattern or not _WILDCARDS.isdisjoint(pattern)
        return has_model and "/" not in pattern and " " not in pattern
    return True


def rule_of(values: Mapping) -> Rule:
    """The rule that a record stands for, by the names of its fields."""
    return Rule(
        values["name"],
        values["kind"],
        values["pattern"] or "",
        values["ratio"],
        values["slow_threshold_ms"] / 1000,
        values["statement_limit"],
        values["sql"] or "",
        values["http_method"] or "",
    )


def policy_of(settings: Settings, stored: Mapping | None, slot: str, pid: int) -> Policy:
    """What holds in one process for requests and jobs of one database.

    :param settings: those that the process was started with
    :param stored: what the database says: ``ratio`` of the environment (None: unknown), ``slow_threshold_ms``,
        ``statement_limit``, ``sql`` and ``sql_processes`` as their settings are resolved, and ``rules``, a list of
        the fields of each; None where there is no such database
    """
    stored = stored or {
        "ratio": None,
        "slow_threshold_ms": settings.slow_threshold * 1000,
        "statement_limit": settings.statement_limit,
        "sql": settings.sql,
        "sql_processes": settings.sql_processes,
        "rules": (),
    }
    ratio, is_fixed = _ratio(settings, stored["ratio"])
    default = Default(
        ratio,
        stored["slow_threshold_ms"] / 1000,
        stored["statement_limit"],
        stored["sql"] if runs_in(stored["sql_processes"], slot, pid) else HOOKS,
        is_fixed,
    )
    return Policy(map(rule_of, stored["rules"]), default)


def _ratio(settings: Settings, of_environment: float | None) -> tuple[float, bool]:
    """The ratio where no rule fits, and whether it is the only one: ``always_on`` and ``always_off`` mean it."""
    fixed = {"always_on": 1.0, "always_off": 0.0}.get(settings.sampler.removeprefix("parentbased_"))
    if fixed is not None:
        return fixed, True
    # A variable wins over what is stored, as for every setting.
    is_stored = of_environment is not None and "sampler_ratio" not in settings.given
    return (of_environment if is_stored else settings.sampler_ratio), False


def ratio_source(settings: Settings, stored: Mapping, decision: Decision) -> str:
    """What says the ratio: rule, environment, default, or the name of a variable."""
    if _ratio(settings, None)[1]:
        return "OTEL_TRACES_SAMPLER"
    if decision.rule:
        return "rule"
    if "sampler_ratio" in settings.given:
        return "OTEL_TRACES_SAMPLER_ARG"
    return "default" if stored["ratio"] is None else "environment"


def runs_in(processes: str, slot: str, pid: int) -> bool:
    """Whether a process is among those that are named by slot or id, separated by commas; nobody named: all are."""
    names = {name.strip() for name in processes.split(",")} - {""}
    return not names or slot in names or str(pid) in names
