"""The tiers: which tests, with what, for how long at most, and which of them may run side by side."""

from collections.abc import Iterable
from dataclasses import dataclass

from ..stack.go_modules import WHOLE, Module


@dataclass(frozen=True)
class Tier:
    """One group of tests that is run and counted by itself."""

    name: str
    title: str
    limit: int
    """Seconds after which the run is given up."""

    paths: tuple[str, ...] = ()

    marker: str = ""
    """Which of the tests there, as pytest's option -m has it; all when empty."""

    modules: tuple[Module, ...] = ()
    """What Go has to build for it."""

    has_odoo: bool = False
    """Whether it runs in Odoo, with a database of its own."""

    has_stacks: bool = False
    """Whether it runs against real stacks, which tiers of one run share."""

    is_shared_out: bool = False
    """Whether its tests of the core stack run beside those of the whole one."""

    is_beside_others: bool = False
    """Whether it runs beside tiers without stacks, although it has some: it waits for most of its time."""

    is_in_all: bool = True
    """Whether ``setup/test`` runs it without being asked for it by name."""


E2E, FAULTS = "tests/e2e", "tests/e2e/faults"
WITHOUT_FAULTS = (E2E, f"--ignore={FAULTS}")
# Tells the tests about their stacks, in words: found (those of STACKS_FILE are up), keep (leave them up).
STACKS_VARIABLE = "ODOOOPS_TEST_STACKS"
# Of a run, below its base: the names of the stacks that its tests have made.
STACKS_FILE = "stacks-made"
TIERS = (
    Tier("unit", "without Odoo", 900, ("tests/unit", "tests/cli", "tests/architecture", "tests/parity")),
    Tier(
        "config",
        "configuration, alert rules, hooks",
        1200,
        ("tests/monitoring", "tests/hooks"),
        modules=WHOLE,
    ),
    Tier("addons", "in Odoo, with a fresh database", 2400, has_odoo=True),
    Tier(
        "e2e",
        "against a real core stack",
        2400,
        WITHOUT_FAULTS,
        "not slow",
        modules=WHOLE,
        has_stacks=True,
        is_beside_others=True,
    ),
    Tier(
        "slow",
        "against a real whole stack, and what takes long",
        3600,
        WITHOUT_FAULTS,
        "slow",
        modules=WHOLE,
        has_stacks=True,
        is_shared_out=True,
        is_in_all=False,
    ),
    Tier(
        "faults",
        "faults injected into a real stack",
        3600,
        (FAULTS,),
        modules=WHOLE,
        has_stacks=True,
        is_in_all=False,
    ),
)


def chosen(names: Iterable[str]) -> list[Tier]:
    """The tiers of these names, each once, in their order; "all" stands for those that run unasked."""
    asked = set(names)
    return [tier for tier in TIERS if tier.name in asked or ("all" in asked and tier.is_in_all)]


def module_names(tiers: list[Tier]) -> list[str]:
    """The names of all modules that these tiers need built."""
    return list(dict.fromkeys(module.name for tier in tiers for module in tier.modules))


def stacks_told(tier: Tier, tiers: list[Tier]) -> list[str]:
    """What STACKS_VARIABLE says in one of the tiers of a run: whether others had the stacks before, or will."""
    sharing = [each for each in tiers if each.has_stacks]
    place = sharing.index(tier)
    return [*(["found"] if place else []), *(["keep"] if tier is not sharing[-1] else [])]


def lanes(tiers: list[Tier]) -> list[list[Tier]]:
    """Tiers in groups that do not get in each other's way: one waits where the other computes.

    Of those that are in none each has the machine to itself.
    """
    without = [tier for tier in tiers if not tier.has_stacks]
    found = [[tier for tier in without if tier.has_odoo is has_odoo] for has_odoo in (True, False)]
    found.append([tier for tier in tiers if tier.is_beside_others])
    return [lane for lane in found if lane]
