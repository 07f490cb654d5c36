"""Which rule decides, what it leaves to the default, and who wins: variable, rule, environment."""

import itertools

import pytest
from odooops_otel.tools import sampling, sampling_rules, settings
from odooops_otel.tools.sampling_rules import Default, Policy, Rule, Subject

from odooops.commands import sampling as command

CONVERTER = '/shop/<model("product.template"):p>'
DEFAULT = Default(ratio=0.01, slow=2.0, statement_limit=500, sql="hooks")
LOGIN = Rule("login", "route", "/web/login*", 1.0)
ENTRY = Rule("entry", "route", "/web/login*", 1.0, http_method="POST")
SALES = Rule("sales", "method", "sale.order.*", 0.5, slow=0.25, statement_limit=10_000, sql="driver")
MAIL = Rule("mail", "job", "Mail: *", 0.0)
EVERYTHING = Rule("everything", "any", "", 0.2)
STORED = {
    "ratio": 0.3,
    "slow_threshold_ms": 500,
    "statement_limit": 7,
    "sql": "hooks",
    "sql_processes": "",
    "rules": [
        {
            "name": "login",
            "kind": "route",
            "pattern": "/web/login",
            "ratio": 1.0,
            "slow_threshold_ms": 0,
            "statement_limit": 0,
            "sql": False,
            "http_method": False,
        }
    ],
}


def decide(rules, route=None, method=None, job=None, default=DEFAULT):
    return Policy(rules, default).decide(route, method, job)


@pytest.mark.parametrize(
    ("rule", "subject", "fits"),
    [
        (LOGIN, Subject(route="/web/login"), True),
        (LOGIN, Subject(route="/web/login/totp"), True),
        (LOGIN, Subject(route="/web/logout"), False),
        (LOGIN, Subject(route="/shop/web/login"), False),
        (LOGIN, Subject(), False),
        (LOGIN, Subject(job="/web/login"), False),
        (LOGIN, Subject(route="/web/login", http_method="POST"), True),
        (ENTRY, Subject(route="/web/login", http_method="POST"), True),
        (ENTRY, Subject(route="/web/login", http_method="GET"), False),
        (ENTRY, Subject(route="/web/login", http_method="post"), False),
        (ENTRY, Subject(route="/web/login"), False),
        (ENTRY, Subject(route="/shop", http_method="POST"), False),
        (SALES, Subject(route="/json/2/<__model__>/<__method__>", method="sale.order.action_confirm"), True),
        (SALES, Subject(method="sale.order"), False),
        (SALES, Subject(method="sale_order.x"), False),
        (MAIL, Subject(job="Mail: Email Queue Manager"), True),
        (MAIL, Subject(job="mail: Email Queue Manager"), False),
        (EVERYTHING, Subject(), True),
        (Rule("x", "route", "/a/?", 1.0), Subject(route="/a/b"), True),
        (Rule("x", "route", "/a/?", 1.0), Subject(route="/a/bc"), False),
        # Converters of routes are written as they are.
        (Rule("x", "route", CONVERTER, 1.0), Subject(route=CONVERTER), True),
    ],
)  # fmt: skip
def test_a_pattern_fits_what_it_names(rule, subject, fits):
    assert rule.fits(subject) is fits


def test_the_first_rule_that_fits_decides():
    none, some = Rule("none", "route", "/web/*", 0.0), Rule("some", "any", "", 0.5)

    assert decide([none, LOGIN, some], "/web/login").rule == "none"
    assert decide([LOGIN, none, some], "/web/login").rule == "login"
    assert decide([LOGIN, none, some], "/shop").rule == "some"


def test_a_request_is_known_by_its_route_and_by_its_method():
    route = Rule("route", "route", "/json/2/*", 0.1)

    assert decide([SALES, route], "/json/2/<m>", "sale.order.read").rule == "sales"
    assert decide([SALES, route], "/json/2/<m>", "res.partner.read").rule == "route"


def test_what_no_rule_fits_is_as_the_default():
    decision = decide([LOGIN, SALES, MAIL], "/shop")

    assert decision == DEFAULT.decision
    assert (decision.rule, decision.ratio, decision.slow, decision.statement_limit, decision.uses_driver) == (
        "", 0.01, 2.0, 500, False,
    )  # fmt: skip


def test_a_rule_leaves_to_the_default_what_it_does_not_say():
    assert decide([LOGIN], "/web/login")[1:] == (1.0, 1 << 64, 2.0, 500, False)
    assert decide([SALES], method="sale.order.read")[1:] == (0.5, 1 << 63, 0.25, 10_000, True)


@pytest.mark.parametrize("ratio", [0.0, 0.01, 0.5, 1.0])
def test_a_share_is_cut_where_the_ratio_sampler_cuts_it(ratio):
    decision = decide([Rule("x", "any", "", ratio)])

    assert decision.bound == sampling.bound_of("traceidratio", ratio)
    assert sampling.is_below(decision.bound, b"\xff" * 8) is (ratio == 1.0)


def test_the_rules_are_looked_through_once_for_each_subject_and_not_for_ever():
    looked = itertools.count()

    class Counted(Rule):
        def fits(self, subject):
            next(looked)
            return False

    policy = Policy([Counted("x", "any", "", 1.0)], DEFAULT)
    for _ in range(3):
        policy.decide("/a", None, None)
    assert next(looked) == 1
    for number in range(sampling_rules.MAX_SUBJECTS + 10):
        policy.decide(f"/{number}", None, None)
    assert len(policy._decided) <= sampling_rules.MAX_SUBJECTS


def test_a_rule_for_one_http_method_leaves_the_others_to_the_next():
    policy = Policy([ENTRY, Rule("page", "route", "/web/*", 0.0)], DEFAULT)

    asked = ("POST", "GET", "HEAD", "FROBNICATE", "_OTHER", "", None)
    found = [policy.decide("/web/login", None, None, method).rule for method in asked]

    assert found == ["entry"] + ["page"] * 6
    assert policy.decide("/web/login", None, None).rule == "page"


def test_methods_that_no_rule_names_take_no_place_among_what_is_remembered():
    for rules, places in (([LOGIN], 1), ([ENTRY], 2)):
        policy = Policy(rules, DEFAULT)
        for method in ("POST", "GET", None, *(f"MADE-UP-{number}" for number in range(100))):
            policy.decide("/web/login", None, None, method)
        assert len(policy._decided) == places


def test_the_command_line_offers_the_same_http_methods():
    assert command.HTTP_METHODS == sampling_rules.HTTP_METHODS


def test_the_http_method_of_a_stored_rule_is_followed():
    own = policy(STORED | {"rules": [STORED["rules"][0] | {"http_method": "POST"}]})

    assert own.decide("/web/login", None, None, "POST").rule == "login"
    assert own.decide("/web/login", None, None, "GET").rule == ""


def test_rules_that_choose_the_driver_are_known_beforehand():
    driver = Default(0.01, 2.0, 500, "driver")

    assert Policy([SALES], DEFAULT).has_driver_rules
    assert not Policy([LOGIN], DEFAULT).has_driver_rules
    assert not Policy([SALES], driver).has_driver_rules, "everything uses it"
    assert Policy([LOGIN], driver).decide("/web/login", None, None).uses_driver


def policy(stored=STORED, slot="http-0", pid=77, **environ):
    return sampling_rules.policy_of(settings.read(environ), stored, slot, pid)


def test_without_a_database_the_settings_of_the_process_hold():
    decision = policy(None, OTEL_TRACES_SAMPLER_ARG="0.25", ODOOOPS_TRACES_SLOW_THRESHOLD="100").default

    assert decision == ("", 0.25, 1 << 62, 0.1, 500, False)
    assert policy(None, ODOOOPS_SQL="driver").default.uses_driver
    assert not policy(None, ODOOOPS_SQL="driver", ODOOOPS_TRACES_SQL_PROCESSES="http-1").default.uses_driver


def test_the_environment_says_what_holds_where_no_rule_fits():
    own = policy()

    assert (own.default.ratio, own.default.slow, own.default.statement_limit) == (0.3, 0.5, 7)
    assert own.decide("/web/login", None, None).ratio == 1.0
    assert policy(STORED | {"ratio": None}).default.ratio == 0.01


def test_a_variable_wins_over_the_environment_and_a_rule_over_the_share_of_all():
    own = policy(OTEL_TRACES_SAMPLER_ARG="0.5")

    assert own.default.ratio == 0.5
    assert own.decide("/web/login", None, None).ratio == 1.0


@pytest.mark.parametrize(
    ("sampler", "ratio"), [("always_on", 1.0), ("parentbased_always_on", 1.0), ("always_off", 0.0)]
)
def test_a_sampler_that_takes_all_or_nothing_is_meant(sampler, ratio):
    stored = STORED | {"rules": [STORED["rules"][0] | {"ratio": 0.5, "slow_threshold_ms": 40}]}
    decision = policy(stored, OTEL_TRACES_SAMPLER=sampler).decide("/web/login", None, None)

    assert (decision.ratio, decision.slow) == (ratio, 0.04)


@pytest.mark.parametrize(
    ("stored", "environ", "route", "source"),
    [
        (STORED, {}, "/web/login", "rule"),
        (STORED, {}, "/shop", "environment"),
        (STORED | {"ratio": None}, {}, "/shop", "default"),
        (STORED, {"OTEL_TRACES_SAMPLER_ARG": "0.1"}, "/shop", "OTEL_TRACES_SAMPLER_ARG"),
        (STORED, {"OTEL_TRACES_SAMPLER_ARG": "0.1"}, "/web/login", "rule"),
        (STORED, {"OTEL_TRACES_SAMPLER_ARG": "wrong"}, "/shop", "environment"),
        (STORED, {"OTEL_TRACES_SAMPLER": "always_off"}, "/web/login", "OTEL_TRACES_SAMPLER"),
    ],
)
def test_it_is_told_what_says_the_share(stored, environ, route, source):
    decision = policy(stored, **environ).decide(route, None, None)

    assert sampling_rules.ratio_source(settings.read(environ), stored, decision) == source


@pytest.mark.parametrize(
    ("kind", "pattern", "can"),
    [
        ("route", "/web/login*", True),
        ("route", "*webhook*", True),
        ("route", "[/]web", True),
        ("route", "foo", False),
        ("route", " /web", False),
        ("method", "sale.order.*", True),
        ("method", "*", True),
        ("method", "/web/login", False),
        ("method", "read", False),
        ("method", "sale.order read", False),
        ("job", "Mail: *", True),
        ("any", "", True),
    ],
)
def test_a_pattern_that_can_fit_nothing_of_its_kind_is_known(kind, pattern, can):
    assert sampling_rules.can_fit(kind, pattern) is can


@pytest.mark.parametrize(
    ("processes", "runs"),
    [
        ("", True),
        (" , ", True),
        ("http-0", True),
        ("cron-0, http-0", True),
        ("77", True),
        ("http-1, 7", False),
    ],
)
def test_processes_are_named_by_slot_or_id(processes, runs):
    assert sampling_rules.runs_in(processes, "http-0", 77) is runs
    found = policy(STORED | {"sql": "driver", "sql_processes": processes})
    assert found.default.uses_driver is runs
