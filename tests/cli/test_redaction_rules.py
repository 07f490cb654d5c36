"""The collector's file of rules of redaction: what is in it, and how it takes the place of the one before."""

import json

import pytest
import yaml

from odooops.stack import lock, redaction_rules, redaction_swap
from odooops.stack.errors import StackError

FOUND = {"keys": [r"(?i)\A(?:ref)\z"], "values": ["a$", r"\bEMP"], "rules": ["Numbers\n  of employees"]}
CHECK = """#!/bin/sh
shift
for file; do grep -q processors "${file#--config=}" || { echo "error: $file"; exit 1; }; done
"""
OLD, NEW = redaction_rules.render(redaction_rules.NO_RULES), redaction_rules.render(FOUND)


def test_the_file_has_what_the_processor_looks_for():
    processor = yaml.safe_load(NEW)["processors"]["redaction/rules"]

    # A dollar sign begins a variable of the collector's configuration.
    assert processor == {"blocked_key_patterns": [r"(?i)\A(?:ref)\z"], "blocked_values": ["a$$", r"\bEMP"]}


def test_the_file_names_its_rules_each_on_a_line():
    assert "\n# Numbers of employees\n" in NEW


def test_without_rules_nothing_is_looked_for(state):
    processor = yaml.safe_load(redaction_rules.text(state))["processors"]["redaction/rules"]

    assert processor == {"blocked_key_patterns": [], "blocked_values": []}


class Control:
    """The supervisor: ``sick`` are texts with which the collector does not come up."""

    def __init__(self, file):
        self.file, self.sick, self.did = file, (), []

    def stop(self, name):
        self.did.append(f"stop {name}")

    def start(self, name):
        self.did.append(f"start {name}")

    def processes(self):
        is_sick = self.file.read_text() in self.sick
        return {"otelcol": {"statename": "FATAL" if is_sick else "RUNNING", "pid": 1}}


@pytest.fixture
def control(whole_state, monkeypatch):
    """A collector that runs with the old file, whose check is a program that wants "processors" in each file."""
    file = redaction_rules.file(whole_state)
    file.parent.mkdir(parents=True)
    file.write_text(OLD)
    (file.parent / "gateway.yaml").write_text("processors: {}\n")
    check = whole_state.directory / "otelcol"
    check.write_text(CHECK)
    check.chmod(0o755)
    script = whole_state.path("run", "programs", "otelcol.sh")
    script.parent.mkdir()
    options = f"--config={file.parent}/gateway.yaml --config={file} --feature-gates=x"
    script.write_text(f"#!/bin/sh\nexport A='b c'\nexec {check} {options}\n")
    part = {"name": "otelcol", "title": "Collector", "check": {"type": "none"}}
    whole_state.path("run", "components.json").write_text(json.dumps({"components": [part]}))
    made = Control(file)
    monkeypatch.setattr(redaction_swap, "Supervisor", lambda _directory: made)
    return made


def files(state) -> dict[str, str]:
    return {file.name: file.read_text() for file in redaction_rules.file(state).parent.iterdir()}


def test_a_file_that_the_collector_accepts_takes_the_old_one_s_place(whole_state, control):
    assert redaction_swap.replace(whole_state, NEW)

    assert files(whole_state) == {"gateway.yaml": "processors: {}\n", redaction_rules.FILE: NEW}
    assert control.did == ["stop otelcol", "start otelcol"]
    assert [path.name for path in whole_state.path("collector").iterdir()] == ["config"]


def test_the_same_rules_restart_nothing(whole_state, control):
    assert not redaction_swap.replace(whole_state, OLD)
    assert control.did == []


def test_a_file_that_the_collector_refuses_changes_nothing(whole_state, control):
    with pytest.raises(StackError, match="check of the rules of redaction failed: error"):
        redaction_swap.replace(whole_state, "nothing\n")

    assert files(whole_state)[redaction_rules.FILE] == OLD
    assert control.did == []
    assert [path.name for path in whole_state.path("collector").iterdir()] == ["config"]


def test_a_collector_that_does_not_come_up_gets_the_old_rules_again(whole_state, control):
    control.sick = (NEW,)

    with pytest.raises(
        StackError, match=r"does not become healthy.*; the rules that were in force before are again"
    ):
        redaction_swap.replace(whole_state, NEW)

    assert files(whole_state)[redaction_rules.FILE] == OLD
    assert control.did == ["stop otelcol", "start otelcol"] * 2


def test_a_stack_without_a_collector_is_told_what_to_do(state):
    with pytest.raises(StackError, match=r"run setup/up \(without --core\)"):
        redaction_swap.replace(state, NEW)


def test_it_waits_for_nobody_who_is_at_work_on_the_stack(whole_state, control):
    with lock.exclusive(whole_state.path("lock")), pytest.raises(StackError, match="is at work"):
        redaction_swap.replace(whole_state, NEW)
    assert control.did == []
