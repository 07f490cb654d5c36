"""odooops config: a file is checked, compared, applied as it was looked at, and watched."""

import json
import sys

import pytest
from fake_odoo import Refusal

MODEL = "odooops.configuration"
CHANGE = {
    "section": "environments",
    "key": "staging",
    "action": "create",
    "before": {},
    "after": {"kind": "staging"},
}
PLAN = {
    "changes": [CHANGE],
    "counts": {"create": 1},
    "difference": "+ staging\n- old\n  same",
    "digest": "d1",
}
NONE = {"changes": [], "counts": {}, "difference": "", "digest": "d0"}
TEXT = "version: 1\nenvironments:\n  staging: {kind: staging}\n"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "observability.yaml"
    path.write_text(TEXT)
    return str(path)


PROBLEMS = [
    {
        "line": 3,
        "column": 5,
        "path": "environments.staging.kind",
        "message": "expected production, staging",
    },
    {"line": 7, "column": 1, "path": "x", "message": '"x" is not known here.'},
    {"line": 0, "column": 0, "path": "", "message": "the text is too long"},
]


@pytest.fixture
def mistaken(odoo):
    """An Odoo that takes no configuration, for these problems."""

    def make(problems):
        refusal = Refusal(422, "odoo.exceptions.UserError", "\n".join(own["message"] for own in problems))
        for method in ("plan_configuration", "apply_configuration"):
            odoo.on(f"{MODEL}.{method}", refusal)
        found = {"valid": False, "problems": problems, "messages": []}
        return odoo.on(f"{MODEL}.validate_configuration", found)

    return make


@pytest.fixture
def configuration(odoo):
    odoo.on(f"{MODEL}.plan_configuration", PLAN)
    return odoo.on(f"{MODEL}.apply_configuration", PLAN | {"changed": True, "version": 3})


def test_a_valid_file_is_said_to_be(odoo, run, file):
    odoo.on(f"{MODEL}.validate_configuration", {"valid": True, "problems": [], "messages": []})

    assert run("config", "validate", file) == (0, f"{file} is valid\n", "")
    assert odoo.asked(f"{MODEL}.validate_configuration") == [{"text": TEXT}]


def mistakes(file):
    return [
        f"{file}:3:5: environments.staging.kind: expected production, staging",
        f'{file}:7:1: x: "x" is not known here.',
        f"{file}: the text is too long",
    ]


def test_every_mistake_is_a_line_that_an_editor_can_jump_to(mistaken, run, file):
    mistaken(PROBLEMS)

    code, output, _errors = run("config", "validate", file)

    assert code == 1
    assert output.splitlines() == mistakes(file)


@pytest.mark.parametrize(
    "command", [("plan",), ("apply",), ("apply", "--yes"), ("apply", "--digest", "d1")], ids=" ".join
)
def test_a_plan_and_an_apply_tell_every_mistake_as_validate_does(mistaken, run, file, command):
    mistaken(PROBLEMS)

    code, output, errors = run("config", *command, file)

    assert (code, output) == (1, "")
    assert errors.splitlines() == [f"odooops: {file} cannot be used, nothing was done:", *mistakes(file)]


@pytest.mark.parametrize("verb", ["validate", "plan", "apply"])
def test_a_flood_of_mistakes_is_counted(mistaken, run, file, verb):
    mistaken([PROBLEMS[1]] * 250)

    _code, output, errors = run("config", verb, file)

    assert (output + errors).count("x: ") == 200
    assert (output + errors).endswith("… and 50 more\n")


def test_what_somebody_wrote_into_a_file_or_a_record_does_not_steer_the_terminal(odoo, run, file):
    problems = [{"line": 1, "column": 1, "path": "x", "message": 'found "\x1b[2J\n"'}]
    odoo.on(f"{MODEL}.validate_configuration", {"valid": False, "problems": problems, "messages": []})
    odoo.on(f"{MODEL}.plan_configuration", PLAN | {"difference": "+ a\u202e\n- b\x9b2J"})

    assert run("config", "validate", file)[1] == f'{file}:1:1: x: found "\\x1b[2J\\n"\n'
    assert run("config", "plan", file)[1] == "+ a\\u202e\n- b\\x9b2J\n"


def test_an_export_is_the_yaml_itself(odoo, run):
    odoo.on(f"{MODEL}.export_configuration", TEXT)

    assert run("config", "export", "--section", "environments") == (0, TEXT, "")
    assert odoo.asked(f"{MODEL}.export_configuration") == [{"sections": ["environments"]}]


@pytest.mark.parametrize(
    ("answer", "options", "code"), [(PLAN, [], 0), (PLAN, ["--check"], 2), (NONE, ["--check"], 0)]
)
def test_a_plan_tells_by_its_exit_code_whether_there_are_changes(odoo, run, file, answer, options, code):
    odoo.on(f"{MODEL}.plan_configuration", answer)

    found, output, _errors = run("config", "plan", file, *options)

    assert found == code
    assert output == (
        "+ staging\n- old\n  same\n"
        if answer is PLAN
        else "no changes: the platform is as the configuration says\n"
    )


def test_what_is_added_and_taken_away_is_coloured_at_a_terminal_alone(odoo, run, file, monkeypatch):
    odoo.on(f"{MODEL}.plan_configuration", PLAN)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setattr(type(sys.stdout), "isatty", lambda self: True, raising=False)

    assert "\x1b[32m+ staging\x1b[0m\n\x1b[31m- old\x1b[0m\n  same" in run("config", "plan", file)[1]
    assert "\x1b" not in run("config", "plan", file, "--no-color")[1]
    monkeypatch.setenv("NO_COLOR", "1")
    assert "\x1b" not in run("config", "plan", file)[1]


def test_what_the_person_saw_is_what_is_applied(configuration, run, file, typed):
    typed("y\n", is_terminal=True)

    code, output, errors = run("config", "apply", file)

    assert (code, output) == (0, "1 change applied\n")
    assert "+ staging" in errors
    assert configuration.asked(f"{MODEL}.apply_configuration") == [{"text": TEXT, "digest": "d1"}]


def test_a_no_applies_nothing(configuration, run, file, typed):
    typed("n\n", is_terminal=True)

    assert run("config", "apply", file)[0] == 1
    assert configuration.asked(f"{MODEL}.apply_configuration") == []


def test_without_a_terminal_it_has_to_be_said(configuration, run, file, typed):
    typed("")

    code, _output, errors = run("config", "apply", file)

    assert code == 2
    assert "--yes" in errors
    assert configuration.asked(f"{MODEL}.apply_configuration") == []


def test_a_digest_applies_what_was_planned_or_nothing(configuration, run, file):
    run("config", "apply", file, "--digest", "d1")

    assert configuration.asked(f"{MODEL}.apply_configuration") == [{"text": TEXT, "digest": "d1"}]


def test_a_platform_that_changed_since_then_is_refused(configuration, run, file):
    configuration.on(
        f"{MODEL}.apply_configuration", Refusal(422, "UserError", "The platform changed since the plan.")
    )
    configuration.on(f"{MODEL}.validate_configuration", {"valid": True, "problems": [], "messages": []})

    assert run("config", "apply", file, "--yes") == (1, "", "odooops: The platform changed since the plan.\n")


def test_nothing_to_do_is_not_asked_about(configuration, run, file, typed):
    configuration.on(f"{MODEL}.plan_configuration", NONE)
    typed("", is_terminal=True)

    code, output, _errors = run("config", "apply", file)

    assert (code, output) == (0, "no changes: the platform is as the configuration says\n")


def test_a_file_comes_by_standard_input(configuration, run, typed):
    typed(TEXT)

    run("config", "apply", "-", "--yes")

    assert configuration.asked(f"{MODEL}.apply_configuration")[0]["text"] == TEXT


@pytest.mark.parametrize(
    ("content", "said"), [(b"\xff", "is not UTF-8 (byte 1)"), (b"x" * 1_000_001, "is larger than 1000 kB")]
)
def test_what_is_no_text_is_not_sent(configuration, run, tmp_path, content, said):
    (tmp_path / "x.yaml").write_bytes(content)

    code, _output, errors = run("config", "plan", str(tmp_path / "x.yaml"))

    assert code == 1
    assert said in errors
    assert configuration.calls == []


def drifted(**changes):
    return {"version": 3, "drifted": False, "problems": [], "skipped": [], **NONE} | changes


@pytest.mark.parametrize(
    ("answer", "code", "said"),
    [
        (drifted(), 0, "no changes"),
        (drifted(drifted=True, changes=[CHANGE], difference="+ staging"), 2, "+ staging"),
        (drifted(problems=["section x is unknown"]), 2, "section x is unknown"),
        (drifted(version=False), 0, "no configuration was applied yet"),
    ],
)
def test_drift_is_told_and_checked(odoo, run, answer, code, said):
    odoo.on(f"{MODEL}.check_drift", answer)

    found, output, _errors = run("config", "drift", "--check")

    assert found == code
    assert said in output
    assert json.loads(run("config", "drift", "--output", "json")[1]) == answer
