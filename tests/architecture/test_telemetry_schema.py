"""The committed schema: of all addons, in the form of a Weaver registry, and not to be regenerated around."""

import json
import shutil

import pytest
import schema_changes
import telemetry_schema


@pytest.fixture
def copy(repository, tmp_path):
    """A copy of what the schema is made of, to change."""
    for addon in ("odooops_base", "odooops_otel"):
        shutil.copytree(
            repository / "addons" / addon / "tools" / "semconv", tmp_path / f"addons/{addon}/tools/semconv"
        )
        shutil.copy(repository / "addons" / addon / "__manifest__.py", tmp_path / f"addons/{addon}")
    (tmp_path / "docs").mkdir()
    for name in (telemetry_schema.SCHEMA, schema_changes.NOTES):
        shutil.copy(repository / name, tmp_path / name)
    return tmp_path


def change(root, path, old, new):
    file = root / path
    text = file.read_text(encoding="utf-8")
    assert text.count(old) == 1
    file.write_text(text.replace(old, new), encoding="utf-8")


METRICS = "addons/odooops_base/tools/semconv/metrics.py"


def test_all_that_is_declared_is_in_it_once(repository):
    schema = telemetry_schema.committed(repository)
    every = [each for group in schema["groups"] for each in schema_changes._of_group(group)]
    names = schema_changes.names(schema)

    assert len(names) == len(every) > 100
    assert {each.addon for each in every} == schema["versions"].keys() == {"odooops_base", "odooops_otel"}
    assert len({group["id"] for group in schema["groups"]}) == len(schema["groups"])
    duration = names["metric", "http.server.request.duration"]
    assert (duration.facts["unit"], duration.stability, duration.since) == ("s", "stable", "1.0")
    assert names["attribute", "http.response.status_code"].facts == {"type": "int"}


def test_what_a_metric_refers_to_is_declared(repository):
    names = schema_changes.names(telemetry_schema.committed(repository))
    declared = {each.name for each in names.values() if each.kind == "attribute"}

    assert {name for each in names.values() for name in each.sets.get("attributes", ())} <= declared


def test_types_and_stabilities_are_those_that_weaver_knows(repository):
    for group in telemetry_schema.committed(repository)["groups"]:
        for entry in group["attributes"] if group["type"] == "attribute_group" else [group]:
            assert entry["stability"] in {"stable", "release_candidate", "development", "beta"}
            assert entry.get("type", "").removesuffix("[]") in {
                *("metric", "span", "event"),
                *("string", "int", "double", "boolean"),
            }


def test_an_addition_is_taken(copy):
    change(
        copy,
        METRICS,
        'BACKUP_COUNT = Metric(\n    "odooops.backup.count",',
        'MORE = Metric("odooops.more", "gauge", "s", "More.")\nBACKUP_COUNT = Metric(\n    "odooops.backup.count",',
    )

    assert telemetry_schema.problems(copy) == []
    assert '"metric_name": "odooops.more"' in telemetry_schema.text(copy)


def test_a_metric_that_is_renamed_without_notice_is_refused(copy):
    change(copy, METRICS, '"odooops.backup.count"', '"odooops.backups"')

    [line, note] = telemetry_schema.problems(copy)
    assert line.startswith("metric odooops.backup.count is gone, and nobody was told.")
    assert "docs/migrations.md does not say `odooops.backup.count`" in note


def test_a_deprecation_with_notes_is_taken_and_told_in_the_form_of_weaver(copy):
    change(
        copy,
        METRICS,
        '"odooops.backup.kind", "odooops.backup.outcome"),\n',
        '"odooops.backup.kind", "odooops.backup.outcome"),\n'
        'deprecated="1.0", replaced_by="odooops.backup.size",\n',
    )
    change(copy, schema_changes.NOTES, "Nothing has been", "Look at `odooops.backup.count`. Nothing has been")

    assert telemetry_schema.problems(copy) == []
    [metric] = [
        each
        for each in json.loads(telemetry_schema.text(copy))["groups"]
        if each["id"] == "metric.odooops.backup.count"
    ]
    assert metric["deprecated"] == {
        "reason": "renamed",
        "renamed_to": "odooops.backup.size",
        "note": "Since 1.0; see docs/migrations.md.",
    }


def test_a_first_schema_promises_what_is_there(copy):
    (copy / telemetry_schema.SCHEMA).unlink()

    assert telemetry_schema.problems(copy) == []
    assert json.loads(telemetry_schema.text(copy))["removed"] == []
