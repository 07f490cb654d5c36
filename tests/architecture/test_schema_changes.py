"""The deprecation policy, change by change: what is refused, what it asks for, and what is fine."""

import copy

import pytest
import schema_changes

NOTES = "## 1.2\n\n- `odoo.calls` is `odoo.call.count` now. `odoo.who`: gone.\n"


def attribute(name, kind="string", signals=("span", "log"), stability="beta", **more):
    annotations = {"addon": "odooops_otel", "since": "1.0", "signals": list(signals), **more}
    return {"id": name, "type": kind, "stability": stability, "annotations": annotations}


def schema(version="1.0", removed=(), **changes):
    """A small schema; ``changes`` replace a group by its key."""
    groups = {
        "attributes": {
            "id": "registry.odooops_otel",
            "type": "attribute_group",
            "attributes": [attribute("odoo.who"), attribute("odoo.code", "int")],
        },
        "metric": {
            "id": "metric.odoo.calls",
            "type": "metric",
            "metric_name": "odoo.calls",
            "instrument": "histogram",
            "unit": "s",
            "stability": "beta",
            "annotations": {"addon": "odooops_otel", "since": "1.0", "bounds": [1, 2]},
            "attributes": [{"ref": "odoo.who"}, {"ref": "odoo.code"}],
        },
        "span": {
            "id": "span.cron.internal",
            "type": "span",
            "span_kind": "internal",
            "stability": "beta",
            "annotations": {"addon": "odooops_otel", "since": "1.0", "name": "cron {odoo.who}"},
        },
        "event": {
            "id": "event.odoo.retry",
            "type": "event",
            "name": "odoo.retry",
            "stability": "stable",
            "annotations": {"addon": "odooops_otel", "since": "1.0"},
            "attributes": [{"ref": "odoo.code"}],
        },
    }
    template = groups["metric"]
    for key, change in changes.items():
        if change is None:
            del groups[key]
        else:
            merged = copy.deepcopy(groups.get(key, template))
            annotations = {**merged.get("annotations", {}), **change.get("annotations", {})}
            groups[key] = {**merged, **change, "annotations": annotations}
    return {"versions": {"odooops_otel": version}, "groups": list(groups.values()), "removed": list(removed)}


def deprecated(since, replaced_by=None):
    change = {"annotations": {"deprecated": since}}
    return change | ({"deprecated": {"renamed_to": replaced_by}} if replaced_by else {})


def new_metric(name, since):
    return {"id": f"metric.{name}", "metric_name": name, "annotations": {"since": since}}


def test_what_stays_as_it_is_breaks_nothing():
    assert schema_changes.problems(schema(), schema(), "") == []
    assert schema_changes.problems(schema("1.0"), schema("2.3"), "") == []


@pytest.mark.parametrize("key", ["metric", "span", "event", "attributes"])
def test_what_is_gone_without_notice_is_refused_and_the_way_is_told(key):
    change = (
        {"attributes": {"attributes": [attribute("odoo.code", "int")]}}
        if key == "attributes"
        else {key: None}
    )
    found = schema_changes.problems(
        schema(), schema("1.1", **change), NOTES + "`cron {odoo.who} (internal)` `odoo.retry`"
    )

    [line] = found
    assert "is gone, and nobody was told" in line
    assert "deprecated='1.1'" in line
    assert "docs/migrations.md, and take it away in 1.3" in line


def test_a_name_that_is_renamed_with_notice_goes_after_two_minor_versions():
    before = schema("1.0")
    announced = schema(
        "1.2", metric=deprecated("1.2", "odoo.call.count"), other=new_metric("odoo.call.count", "1.2")
    )
    after = schema("1.4", metric=None, other=new_metric("odoo.call.count", "1.2"))

    assert schema_changes.problems(before, announced, NOTES) == []
    assert schema_changes.problems(announced, after, NOTES) == []


@pytest.mark.parametrize("version", ["1.2", "1.3"])
def test_a_name_that_goes_too_early_is_refused(version):
    announced = schema("1.2", metric=deprecated("1.2"))

    assert schema_changes.problems(announced, schema(version, metric=None), NOTES) == [
        f"metric odoo.calls is gone in {version}: deprecated since 1.2, it has to stay until 1.4"
    ]


def test_a_new_major_version_is_beyond_any_minor_one():
    assert (
        schema_changes.problems(schema("1.9", metric=deprecated("1.9")), schema("2.0", metric=None), NOTES)
        == []
    )


@pytest.mark.parametrize("notes", ["", "odoo.calls without a code span"])
@pytest.mark.parametrize("is_gone", [False, True])
def test_what_is_deprecated_or_gone_needs_a_migration_note(notes, is_gone):
    announced = schema("1.2", metric=deprecated("1.2"))
    found = schema_changes.problems(announced, schema("1.4", metric=None) if is_gone else announced, notes)

    assert found == [
        "odoo.calls is deprecated or gone, and docs/migrations.md does not say `odoo.calls`: write what to do about it"
    ]


@pytest.mark.parametrize(
    ("key", "change", "problem"),
    [
        ("metric", {"unit": "ms"}, "metric odoo.calls has another unit: s was promised, not ms."),
        (
            "metric",
            {"instrument": "counter"},
            "metric odoo.calls has another instrument: histogram was promised, not counter.",
        ),
        (
            "metric",
            {"annotations": {"bounds": [1, 5]}},
            "metric odoo.calls has another bounds: (1, 2) was promised, not (1, 5).",
        ),
        (
            "metric",
            {"attributes": [{"ref": "odoo.code"}]},
            "metric odoo.calls has odoo.who no more among its attributes.",
        ),
        ("event", {"attributes": []}, "event odoo.retry has odoo.code no more among its attributes."),
        (
            "attributes",
            {"attributes": [attribute("odoo.who", "int"), attribute("odoo.code", "int")]},
            "attribute odoo.who has another type: string was promised, not int.",
        ),
        (
            "attributes",
            {"attributes": [attribute("odoo.who", signals=["span"]), attribute("odoo.code", "int")]},
            "attribute odoo.who has log no more among its signals.",
        ),
    ],
)
def test_what_a_name_means_does_not_change(key, change, problem):
    [line] = schema_changes.problems(schema(), schema("3.0", **{key: change}), NOTES)

    assert line.startswith(problem)
    assert line.endswith(
        "and deprecate " + line.split(" has ")[0].split(" ", 1)[1] + ": docs/compatibility.md says how"
    )


def test_what_is_added_is_fine_when_it_says_since_when():
    more = {"attributes": [{"ref": "odoo.who"}, {"ref": "odoo.code"}, {"ref": "odoo.more"}]}
    new = schema("1.1", metric=more, other=new_metric("odoo.other", "1.1"))

    assert schema_changes.problems(schema(), new, "") == []


@pytest.mark.parametrize("since", ["1.0", "1.2"])
def test_what_is_added_has_to_say_since_when(since):
    new = schema("1.1", other=new_metric("odoo.other", since))

    assert schema_changes.problems(schema(), new, "") == [
        f"metric odoo.other is new in 1.1, and says since {since}: declare it with since='1.1'"
    ]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"annotations": {"since": "0.9"}}, "metric odoo.calls is there since 1.0, not 0.9"),
        ({"stability": "development"}, "metric odoo.calls was beta and cannot become development"),
        (deprecated("1.5"), "metric odoo.calls is deprecated since 1.5, which is to come: this is 1.1"),
        (
            deprecated("1.1", "odoo.nothing"),
            "metric odoo.calls is replaced by odoo.nothing, which is no metric",
        ),
        (
            {"deprecated": {"renamed_to": "odoo.calls"}},
            "metric odoo.calls is replaced by odoo.calls and not deprecated: say since when",
        ),
    ],
)
def test_history_is_not_rewritten_and_says_what_is(change, problem):
    assert schema_changes.problems(schema(), schema("1.1", metric=change), NOTES) == [problem]


def test_a_deprecation_is_not_dated_anew_but_may_be_taken_back():
    announced = schema("1.1", metric=deprecated("1.1"))

    assert schema_changes.problems(announced, schema("1.2"), "") == []
    assert schema_changes.problems(announced, schema("1.2", metric=deprecated("1.2")), NOTES) == [
        "metric odoo.calls is deprecated since 1.1, not 1.2"
    ]


def test_a_name_becomes_more_stable():
    assert schema_changes.problems(schema(), schema(metric={"stability": "stable"}), "") == []


def test_what_has_gone_is_remembered_and_its_name_not_used_again():
    old = schema("1.2", metric=deprecated("1.2"))
    gone = schema_changes.removed(old, schema("1.4", metric=None))

    assert gone == [{"kind": "metric", "name": "odoo.calls", "version": "1.4"}]
    later = schema("1.5", metric=None, removed=gone)
    assert schema_changes.removed(later, later) == gone
    back = schema("1.5", metric={"annotations": {"since": "1.5"}})
    assert schema_changes.problems(later, back, NOTES) == [
        "metric odoo.calls went in 1.4, and old data has it: take another name"
    ]


def test_versions_do_not_go_back_and_an_addon_does_not_vanish():
    assert schema_changes.problems(schema("1.2"), schema("1.1"), "") == [
        "odooops_otel has version 1.1, and the schema was made by 1.2"
    ]
    nothing = {"versions": {}, "groups": [], "removed": []}
    assert schema_changes.problems(
        schema(), nothing, NOTES + "`odoo.code` `cron {odoo.who} (internal)` `odoo.retry`"
    ) == ["odooops_otel is gone, and with it all that it emitted: docs/compatibility.md says how"]
