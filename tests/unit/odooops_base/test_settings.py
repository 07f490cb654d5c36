"""What a setting takes, and which of several values counts."""

import pytest
from odooops_base.tools.settings import Located, Setting, SettingError, resolve, schema, shown, text_of

DAYS = Setting("event.retention_days", "whole", 90, "How long.", unit="days", minimum=1, maximum=3650)
RATIO = Setting("x.ratio", "number", 0.5, "A share.", minimum=0, maximum=1)
URL = Setting("prometheus.url", "url", "", "Where.")
FLAG = Setting("x.flag", "boolean", True, "Whether.")
LEVEL = Setting("x.level", "text", "low", "How much.", choices=("low", "high"))
TOKEN = Setting("x.token", "secret", "", "Which.")


@pytest.mark.parametrize(
    ("setting", "text", "value"),
    [
        (DAYS, " 30 ", 30),
        (DAYS, "+1", 1),
        (RATIO, "1", 1.0),
        (RATIO, ".25", 0.25),
        (RATIO, "1e-2", 0.01),
        (URL, "http://127.0.0.1:9090", "http://127.0.0.1:9090"),
        (URL, "https://prometheus.example.com/prefix", "https://prometheus.example.com/prefix"),
        (URL, "http://[::1]:9090", "http://[::1]:9090"),
        (URL, "", ""),
        (FLAG, "TRUE", True),
        (FLAG, "off", False),
        (LEVEL, "high", "high"),
        (TOKEN, "slack.bot", "slack.bot"),
    ],
)
def test_text_becomes_a_value(setting, text, value):
    assert setting.parse(text) == value
    assert type(setting.parse(text)) is type(value)
    assert setting.parse(text_of(value)) == value


@pytest.mark.parametrize(
    ("setting", "text", "message"),
    [
        (DAYS, "", 'expected a whole number from 1 to 3650 (days), found ""'),
        (DAYS, "0", "expected a whole number from 1 to 3650 (days), found 0"),
        (DAYS, "3651", "expected a whole number from 1 to 3650 (days), found 3651"),
        (DAYS, "1.5", 'expected a whole number from 1 to 3650 (days), found "1.5"'),
        (DAYS, "٣", 'expected a whole number from 1 to 3650 (days), found "٣"'),
        (DAYS, "9" * 5000, 'expected a whole number from 1 to 3650 (days), found "' + "9" * 58 + "…"),
        (RATIO, "nan", 'expected a number from 0 to 1, found "nan"'),
        (RATIO, "1.01", "expected a number from 0 to 1, found 1.01"),
        (FLAG, "maybe", 'expected true or false, found "maybe"'),
        (LEVEL, "mid", 'expected one of low, high, found "mid"'),
        (LEVEL, "", 'expected one of low, high, found ""'),
    ],
)
def test_what_is_no_value_is_refused_by_one_sentence(setting, text, message):
    with pytest.raises(SettingError) as caught:
        setting.parse(text)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    "text",
    ["127.0.0.1:9090", "ftp://x", "http://", "http://user:planted@x", "http://x?token=planted", "http://x#planted",
     "http://x:99999", "http://[x", "http://a b", "http://x\\y", "http://ex\u200bample.com", "javascript:planted"],
)  # fmt: skip
def test_what_is_no_address_is_refused_and_not_repeated(text):
    with pytest.raises(SettingError) as caught:
        URL.parse(text)
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "value"),
    [(DAYS, True), (DAYS, "30"), (DAYS, None), (DAYS, [1]), (FLAG, 1), (FLAG, "true"), (RATIO, True),
     (RATIO, float("nan")), (RATIO, float("inf")), (LEVEL, 1), (URL, None), (TOKEN, "a b"), (LEVEL, {})],
)  # fmt: skip
def test_a_value_of_another_type_is_refused(setting, value):
    with pytest.raises(SettingError):
        setting.check(value)


def test_a_whole_number_may_be_written_as_json_may_write_it():
    assert DAYS.check(30.0) == 30
    assert type(DAYS.check(30.0)) is int


def test_a_declaration_that_makes_no_sense_is_an_error_at_import():
    for wrong in (
        {"name": "nodot", "type": "whole", "default": 1},
        {"name": "a.b", "type": "float", "default": 1},
        {"name": "a.b", "type": "whole", "default": "1"},
        {"name": "a.b", "type": "whole", "default": 0, "minimum": 1},
    ):
        with pytest.raises(ValueError, match=r".+"):
            Setting(description="", **wrong)


def test_the_variable_follows_the_name_unless_said():
    assert DAYS.env == "ODOOOPS_EVENT_RETENTION_DAYS"
    assert Setting("a.b", "boolean", True, "", env="OTHER").env == "OTHER"


ENVIRON = {"ODOOOPS_EVENT_RETENTION_DAYS": "1"}
FILE = {"event.retention_days": Located(2, "/etc/odooops.yaml:7:3")}
RECORD = {"event.retention_days": 3}


@pytest.mark.parametrize(
    ("environ", "file", "record", "expected"),
    [
        (ENVIRON, FILE, RECORD, (1, "environment", "ODOOOPS_EVENT_RETENTION_DAYS", True)),
        ({}, FILE, RECORD, (2, "file", "/etc/odooops.yaml:7:3", True)),
        ({"ODOOOPS_EVENT_RETENTION_DAYS": " "}, FILE, RECORD, (2, "file", "/etc/odooops.yaml:7:3", True)),
        ({}, {}, RECORD, (3, "record", "", False)),
        ({}, {}, {}, (90, "default", "", False)),
    ],
)
def test_environment_over_file_over_record_over_default(environ, file, record, expected):
    found = resolve(DAYS, environ, file, record)
    assert (found.value, found.source, found.where, found.is_pinned) == expected
    assert found.problems == ()


def test_what_cannot_be_used_is_told_and_the_next_source_counts():
    file = {"event.retention_days": Located("many", "/etc/odooops.yaml:7:3")}
    found = resolve(DAYS, {"ODOOOPS_EVENT_RETENTION_DAYS": "zero"}, file, RECORD)
    assert (found.value, found.source) == (3, "record")
    assert found.problems == (
        'ODOOOPS_EVENT_RETENTION_DAYS: expected a whole number from 1 to 3650 (days), found "zero". '
        "It has no effect until it is corrected.",
        '/etc/odooops.yaml:7:3: event.retention_days: expected a whole number from 1 to 3650 (days), found "many". '
        "It has no effect until it is corrected.",
    )


def test_a_stored_value_that_a_new_version_does_not_take_is_told():
    found = resolve(DAYS, {}, {}, {"event.retention_days": 9999})
    assert (found.value, found.source) == (90, "default")
    assert found.problems[0].startswith("event.retention_days: expected")


def test_the_schema_says_what_the_declaration_says():
    assert schema(DAYS) == {
        "type": "integer",
        "description": "How long. Unit: days.",
        "default": 90,
        "minimum": 1,
        "maximum": 3650,
    }
    assert schema(LEVEL)["enum"] == ["low", "high"]
    assert "maxLength" in schema(URL)
    assert schema(URL)["x-hint"].startswith("expected an address")


def test_a_value_is_shown_shortly():
    assert shown(None) == "nothing"
    assert shown({"a": 1}) == "a mapping"
    assert shown([1]) == "a list"
    assert len(shown("x" * 1000)) == 60
    assert shown("https://user:planted@host/") == '"https://…@host/"'
