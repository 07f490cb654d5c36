"""Rules of redaction: who may change them, what they refuse, and that all that leaves goes by them at once."""

from unittest import mock

import psycopg2

from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, HttpCase, TransactionCase, mute_logger, tagged

from odoo.addons.odooops_base.tests.common import new_user

from ..telemetry.redaction import KEEP, Redaction
from ..tools import redaction_rules, semconv
from ..tools.observation import Observation
from ..tools.redact import Policy
from .test_planted_secrets import SITE, SiteEntrances
from .test_sampling_rule import FollowingCase

NUMBERS = {"name": "Numbers", "kind": "pattern", "pattern": r"\bEMP-\d{6}\b"}
FIELDS = {"name": "Fields", "kind": "name", "pattern": "employee_no, X-Tenant"}
TEXT = "employee_no=77 of EMP-123456, password=1"


@tagged("post_install", "-at_install", "odooops")
class TestRedactionRule(TransactionCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rules = cls.env["odooops.redaction.rule"]

    def make_user(self, role):
        return new_user(self.env, f"redaction_{role}", groups=f"odooops_base.group_odooops_{role}")

    def test_viewers_read_and_administrators_change(self):
        rule = self.rules.create(NUMBERS)
        for role in ("viewer", "operator", "auditor"):
            own = rule.with_user(self.make_user(role))
            self.assertEqual(own.read(["pattern"])[0]["pattern"], NUMBERS["pattern"])
            for change in (
                lambda own=own: own.write({"note": "x"}),
                own.unlink,
                lambda own=own: own.create(FIELDS),
            ):
                with self.assertRaises(AccessError):
                    change()
        rule.with_user(self.make_user("admin")).write({"note": "of HR"})
        self.assertEqual(rule.note, "of HR")

    def test_what_is_none_or_could_be_slow_is_refused_with_the_reason(self):
        for kind, pattern, reason in (
            ("pattern", "(a+)+b", "Redaction rule Wrong has a pattern that repeats without a limit"),
            ("pattern", "(", "has a pattern that is none"),
            ("pattern", "x(?:a{0,40}){0,40}", "more than 1000 ways"),
            ("name", "two words", "not a list of names"),
            ("name", "  ", "nothing to look for"),
        ):
            with self.subTest(pattern), self.assertRaises(ValidationError) as refused:
                self.rules.create({"name": "Wrong", "kind": kind, "pattern": pattern})
            self.assertIn(reason, str(refused.exception))
        rule = self.rules.create(NUMBERS)
        with self.assertRaises(ValidationError):
            rule.kind = "name"

    def test_no_more_patterns_hold_at_once_than_are_quick(self):
        most = redaction_rules.MAX_RULES["pattern"]
        made = self.rules.create(
            [{"name": f"P{number}", "kind": "pattern", "pattern": f"x{number}"} for number in range(most)]
        )
        with self.assertRaises(ValidationError) as refused:
            self.rules.create(NUMBERS)
        self.assertIn("At most 20 rules", str(refused.exception))
        made[0].active = False
        self.rules.create(NUMBERS)
        with self.assertRaises(ValidationError):
            made[0].active = True

    def test_no_more_names_hold_at_once_than_are_quick(self):
        names = [f"n{number:03}" for number in range(redaction_rules.MAX_NAMES)]
        fifties = [",".join(names[start : start + 50]) for start in range(0, len(names), 50)]
        values = [{"name": f"N{at}", "kind": "name", "pattern": fifty} for at, fifty in enumerate(fifties)]
        made = self.rules.create(values)
        self.rules.create({**FIELDS, "pattern": names[0]})
        with self.assertRaises(ValidationError) as refused:
            made[0].pattern += ",one_more"
        self.assertIn("At most 500 names", str(refused.exception))

    def test_patterns_together_do_not_look_further_than_is_quick(self):
        values = [{"name": f"P{at}", "kind": "pattern", "pattern": rf"\w{{1,900}}{at}x"} for at in range(7)]
        made = self.rules.create(values)
        with self.assertRaises(ValidationError) as refused:
            self.rules.create({**NUMBERS, "pattern": r"\w{1,900}z"})
        self.assertIn("At most 20000 signs", str(refused.exception))
        made[0].active = False
        self.rules.create({**NUMBERS, "pattern": r"\w{1,900}z"})

    def test_two_rules_have_not_the_same_name(self):
        self.rules.create(NUMBERS)
        with self.assertRaises(psycopg2.errors.UniqueViolation), mute_logger("odoo.sql_db"):
            self.rules.create(NUMBERS)

    def test_what_is_done_to_a_rule_is_an_event(self):
        rule = self.rules.create(NUMBERS)
        rule.note = "of HR"
        rule.unlink()
        events = self.env["odooops.event"].search([("target_name", "=", "Numbers")], order="id")
        self.assertEqual(
            events.mapped("name"),
            ["redaction_rule.created", "redaction_rule.changed", "redaction_rule.deleted"],
        )

    def test_a_text_is_tried_by_everything_that_holds(self):
        self.rules.create([NUMBERS, FIELDS, {**NUMBERS, "name": "Off", "pattern": "of", "active": False}])
        viewer = self.rules.with_user(self.make_user("viewer"))
        found = viewer.try_redaction(TEXT)
        self.assertEqual(found["shown"], "employee_no=REDACTED of REDACTED, password=REDACTED")
        self.assertEqual((found["changed"], sorted(found["rules"])), (True, ["Fields", "Numbers"]))
        self.assertEqual(viewer.try_redaction("acme", "x-tenant")["shown"], "REDACTED")
        self.assertEqual(viewer.try_redaction("acme"), {"shown": "acme", "changed": False, "rules": []})
        for wrong in ("x" * 10_001, None):
            with self.assertRaises(UserError):
                viewer.try_redaction(wrong)
        with self.assertRaises(AccessError):
            self.rules.with_user(new_user(self.env, "redaction_nobody")).try_redaction(TEXT)

    def test_the_form_shows_what_a_text_becomes_as_one_types(self):
        self.rules.create(FIELDS)
        form = Form(self.rules.with_user(self.make_user("admin")))
        form.name, form.kind, form.sample = "New", "pattern", TEXT
        self.assertIn("nothing to look for", form.sample_shown)
        form.pattern = "EMP-.*"
        self.assertIn("without a limit", form.sample_shown)
        form.pattern = NUMBERS["pattern"]
        self.assertEqual(form.sample_shown, "employee_no=REDACTED of REDACTED, password=REDACTED")
        rule = form.save()
        self.assertEqual(rule.pattern, NUMBERS["pattern"])
        with Form(rule) as form:
            form.sample = TEXT
            form.pattern = "of"
            self.assertEqual(form.sample_shown, "employee_no=REDACTED REDACTED EMP-123456, password=REDACTED")

    def store_untested(self, rule, pattern):
        """Gives a rule a pattern past all checks, as an older version has stored it."""
        self.env.cr.execute(
            "UPDATE odooops_redaction_rule SET pattern = %s WHERE id = %s", [pattern, rule.id]
        )
        rule.invalidate_recordset()

    def test_a_stored_rule_that_is_refused_says_so_with_the_reason(self):
        good, slow, archived = self.rules.create(
            [NUMBERS, {**NUMBERS, "name": "Slow"}, {**FIELDS, "active": False}]
        )
        self.store_untested(slow, "EMP-.*")
        viewer = slow.with_user(self.make_user("viewer"))
        [found] = viewer.read(["state", "problem"])
        self.assertEqual(found["state"], "refused")
        self.assertRegex(
            found["problem"], r"^This rule has a pattern that repeats without a limit: write .*\+\."
        )
        self.assertIn("It is not in force", found["problem"])
        self.assertEqual((good.state, good.problem), ("in_force", False))
        self.assertEqual((archived.state, archived.problem), ("archived", False))
        slow.active = False
        self.assertEqual((slow.state, slow.problem), ("archived", False))

    def test_a_wide_pattern_is_refused_only_once_there_is_no_room_for_it(self):
        wide = self.rules.create([{**NUMBERS, "name": f"Wide {at}"} for at in range(4)])
        for at, rule in enumerate(wide):
            self.store_untested(rule, rf"{at}[\s\S]{{0,900}}signed")
        self.assertEqual(wide.mapped("state"), ["in_force"] * 3 + ["refused"])
        self.assertEqual(redaction_rules.together(self.rules._get_rule_values()).refused, ("Wide 3",))
        self.assertIn("looks too far", wide[3].problem)
        wide[0].active = False
        wide.invalidate_recordset(["state", "problem"])
        self.assertEqual(wide[3].state, "in_force")

    def test_rules_are_found_by_their_state(self):
        good, slow, archived = self.rules.create(
            [NUMBERS, {**NUMBERS, "name": "Slow"}, {**FIELDS, "active": False}]
        )
        self.store_untested(slow, "(")
        rules = self.rules.with_user(self.make_user("viewer"))
        for domain, found in (
            ([("state", "=", "refused")], slow),
            ([("state", "=", "in_force")], good),
            ([("state", "!=", "refused")], good),
            ([("state", "=", "archived"), ("active", "=", False)], archived),
        ):
            self.assertEqual(rules.search(domain), found, domain)

    def test_the_form_says_that_a_rule_is_not_in_force_until_its_pattern_is_corrected(self):
        rule = self.rules.create(NUMBERS)
        self.store_untested(rule, "EMP-.*")
        with Form(rule.with_user(self.make_user("admin"))) as form:
            self.assertIn("without a limit", form.problem)
            form.pattern = "EMP-("
            self.assertIn("pattern that is none", form.problem)
            form.pattern = NUMBERS["pattern"]
            self.assertFalse(form.problem)
        self.assertEqual(rule.state, "in_force")
        self.assertFalse(Form(self.rules).problem, "nobody has typed anything")

    def test_the_dialog_answers_as_one_types(self):
        self.rules.create(NUMBERS)
        form = Form(self.env["odooops.redaction.trial"].with_user(self.make_user("viewer")))
        form.text = TEXT
        self.assertEqual(form.answer, "employee_no=77 of REDACTED, password=REDACTED")
        self.assertEqual(form.rules, "Numbers")
        form.attribute = "api_key"
        self.assertEqual((form.answer, form.rules), ("REDACTED", ""))
        self.assertEqual(form.save().action_try()["target"], "new")

    def test_rules_are_a_section_of_the_configuration(self):
        configuration = self.env["odooops.configuration"]
        text = (
            "version: 1\nredaction:\n  Numbers: {kind: pattern, pattern: '\\bEMP-\\d{6}\\b', note: of HR}\n"
        )
        configuration.apply_configuration(text)
        rule = self.rules.search([("name", "=", "Numbers")])
        self.assertEqual((rule.kind, rule.pattern, rule.note), ("pattern", r"\bEMP-\d{6}\b", "of HR"))
        self.assertEqual(configuration.plan_configuration(text)["changes"], [])
        exported = configuration.export_configuration(["redaction"])
        whole = exported.replace("version: 1\n", "version: 1\nprune: [redaction]\n")
        self.assertEqual(configuration.plan_configuration(whole)["changes"], [])
        with self.assertRaisesRegex(UserError, "without a limit"):
            configuration.apply_configuration(text.replace("{6}", "*"))


class Recorder:
    """Counts how often what metrics have told is redacted again."""

    times = 0

    def __init__(self):
        self.forgotten = []

    def redact_again(self):
        self.times += 1

    def forget_database(self, database):
        self.forgotten.append(database)


@tagged("post_install", "-at_install", "odooops")
class TestRedaction(TransactionCase):
    """What holds of the rules of several databases."""

    def setUp(self):
        super().setUp()
        self.policy, self.recorder, self.now = Policy(), Recorder(), 0.0
        self.redaction = Redaction(self.policy, self.recorder, lambda: self.now)

    def test_there_is_room_for_so_many_and_each_database_has_its_share(self):
        most = redaction_rules.MAX_TOGETHER["pattern"]
        logger = "odoo.addons.odooops_otel.telemetry.redaction"
        with self.assertLogs(logger, "ERROR") as logged:
            for database in "abcde":
                self.redaction.follow(
                    database,
                    [{"kind": "pattern", "pattern": f"{database}{number:02}"} for number in range(20)],
                )
        self.assertEqual(self.redaction.left_out, 100 - most)
        self.assertIn("40 names and patterns", logged.output[-1])
        for database in "abcde":
            self.assertEqual(self.policy.text(f"x{database}00"), "xREDACTED")
        with self.assertNoLogs(logger):
            self.redaction.follow("a", None)
            self.redaction.follow("b", None)
        self.assertEqual((self.redaction.left_out, self.policy.text("xe19")), (0, "xREDACTED"))

    def test_a_stored_rule_that_is_not_taken_any_more_is_told_and_counted(self):
        wide = r"Contract[\s\S]{0,900}signed"
        kept = {"name": "Kept", "kind": "pattern", "pattern": wide}
        none = {"name": "Slow", "kind": "pattern", "pattern": r"(?:[\s\S]{1000}){1,999}Q"}
        logger = "odoo.addons.odooops_otel.telemetry.redaction"
        with self.assertLogs(logger, "ERROR") as logged:
            self.redaction.follow("shop", [kept, none])
            self.redaction.follow("shop", [kept, none])
        [line] = logged.output
        self.assertIn(
            "of shop are not in force, as their patterns look too far by now or are none: Slow.", line
        )
        self.assertEqual(self.policy.text("Contract 12 is signed"), "REDACTED")
        self.assertEqual((self.redaction.left_out, self.redaction.refused), (1, {"shop": 1}))
        self.redaction.follow("shop", [kept])
        self.assertEqual((self.redaction.left_out, self.redaction.refused), (0, {}))

    def test_what_a_database_said_is_forgotten_a_while_after_it_has_gone(self):
        self.redaction.follow("shop", [NUMBERS])
        self.redaction.follow("yard", [FIELDS])
        for self.now, shown in ((KEEP, "REDACTED"), (2 * KEEP, "REDACTED"), (2 * KEEP + 1, "EMP-123456")):
            self.redaction.serve(["yard"] if self.now > KEEP else ["yard", "shop"])
            self.assertEqual(self.policy.text("EMP-123456"), shown)
            self.assertEqual(self.policy.text("employee_no=1"), "employee_no=REDACTED")
        self.assertEqual(self.recorder.forgotten, ["shop"])

    def test_a_pattern_does_not_fit_the_name_of_a_database(self):
        self.redaction.serve(["shop", "yard"])
        self.redaction.follow("shop", [{"kind": "pattern", "pattern": r"\w{1,100}"}])
        self.assertEqual(self.policy.values({"db.namespace": "yard"}), {"db.namespace": "yard"})
        self.assertEqual(self.policy.text("of yard"), "REDACTED REDACTED")

    def test_what_could_not_be_redacted_again_is_the_next_time(self):
        with (
            mock.patch.object(self.recorder, "redact_again", side_effect=ValueError("a bug")),
            self.assertRaises(ValueError),
        ):
            self.redaction.follow("shop", [NUMBERS])
        self.redaction.follow("shop", [NUMBERS])
        self.redaction.follow("shop", [NUMBERS])
        self.assertEqual(self.recorder.times, 1)


@tagged("post_install", "-at_install")
class TestFollowing(FollowingCase, SiteEntrances, HttpCase):
    def setUp(self):
        super().setUp()
        self.start_logging(ODOOOPS_LOG_FORMAT="json", ODOOOPS_LOG_EXPORTER="otlp")
        self.follow()

    def told_anew(self, planted) -> bytes:
        """What leaves of it from now on."""
        self.flush()
        self.receiver.received.clear()
        self.stream.seek(0)
        self.stream.truncate()
        return self.told_of(planted)

    def test_all_signals_go_by_a_rule_that_was_made_changed_or_removed(self):
        rules = self.env["odooops.redaction.rule"]
        for planted in SITE:
            self.assertTrue(planted.places(self.told_anew(planted)), "it leaves while nothing says otherwise")
        made = rules.create([NUMBERS, FIELDS])
        self.follow()
        for planted in SITE:
            with self.subTest(planted.name):
                self.assertEqual(planted.places(self.told_anew(planted)), [])
        self.assertIn("REDACTED", self.stream.getvalue())
        made.write({"active": False})
        self.follow()
        for planted in SITE:
            self.assertTrue(planted.places(self.told_anew(planted)), "nothing says so any more")

    def test_what_was_counted_since_the_last_export_is_told_without_the_name(self):
        jobs = self.telemetry.recorder.aggregator.jobs
        key = tuple("EMP-123456" for _attribute in jobs.metric.attributes)
        jobs.record(key, 1.0)
        self.flush()
        jobs.record(key, 1.0)
        self.assertIn(b"EMP-123456", self.receiver.everything())
        self.env["odooops.redaction.rule"].create(NUMBERS)
        self.follow()
        self.receiver.received.clear()
        self.flush()
        self.assertEqual(self.receiver.total(jobs.metric.name), 1)
        self.assertNotIn(b"EMP-123456", self.receiver.everything())

    def test_a_rule_of_names_holds_for_what_odoo_itself_counts_and_observes(self):
        recorder = self.telemetry.recorder
        recorder.aggregator.jobs.record(("Wages", None, self.env.cr.dbname), 1.0)
        observed = Observation(semconv.CRON_JOB_OVERDUE, {("Wages", self.env.cr.dbname): 7})
        recorder.measurements.states["of the test"] = [observed]
        self.flush()
        self.assertIn(b"Wages", self.receiver.everything())
        self.env["odooops.redaction.rule"].create({**FIELDS, "pattern": "odoo.cron.name, db.namespace"})
        self.follow()
        self.receiver.received.clear()
        self.flush()
        self.assertNotIn(b"Wages", self.receiver.everything())
        told = {"odoo.cron.name": "REDACTED", "db.namespace": self.env.cr.dbname}
        self.assertEqual(self.point("odoo.cron.job.overdue").attributes, told)
        self.assertEqual(self.point("odoo.cron.job.duration").attributes, told)

    def test_what_is_redacted_by_default_is_whatever_a_rule_says(self):
        self.env["odooops.redaction.rule"].create({**NUMBERS, "pattern": "REDACTED"})
        self.follow()
        self.assertEqual(self.telemetry.settings.policy.text("password=1"), "password=REDACTED")

    def test_rules_of_another_database_stay_when_those_of_this_one_go(self):
        policy = self.telemetry.settings.policy
        self.telemetry.redaction.follow("another", [FIELDS])
        rule = self.env["odooops.redaction.rule"].create(NUMBERS)
        self.follow()
        self.assertEqual(policy.text(TEXT), "employee_no=REDACTED of REDACTED, password=REDACTED")
        rule.unlink()
        self.follow()
        self.assertEqual(policy.text(TEXT), "employee_no=REDACTED of EMP-123456, password=REDACTED")
