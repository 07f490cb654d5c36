"""Where a secret may be kept instead of the database."""

import pytest
from odooops_base.tools import references
from odooops_base.tools.references import InvalidReference, Reference, parse


def reason(text):
    with pytest.raises(InvalidReference) as caught:
        parse(text)
    return caught.value.reason


def test_a_variable_of_ours_may_be_named():
    assert parse("$ODOOOPS_SECRET_SLACK") == Reference(variable="ODOOOPS_SECRET_SLACK")
    assert parse("${ODOOOPS_SECRET_SLACK_2}") == Reference(variable="ODOOOPS_SECRET_SLACK_2")


@pytest.mark.parametrize(
    "text",
    [
        "$PGPASSWORD",
        "$HOME",
        "$odooops_secret_slack",
        "$ODOOOPS_SECRET_",
        "$ODOOOPS_SECRETS",
        "$ODOOOPS_PROMETHEUS_URL",
        "$ODOOOPS_SECRET_KEY",
        "${ODOOOPS_SECRET_KEY}",
        "$ODOOOPS_SECRET_KEY_FILE",
        "$ODOOOPS_SECRET_DIR",
        "$ODOOOPS_SECRET_A B",
        "$ODOOOPS_SECRET_A$PGPASSWORD",
        "$ODOOOPS_SECRET_Ä",
        "$ODOOOPS_SECRET_A\n",
        "$",
        "${}",
        "${ODOOOPS_SECRET_A",
    ],
)
def test_no_other_variable_may_and_none_of_the_key(text):
    assert reason(text) == references.VARIABLE


def test_a_file_may_be_named_by_its_full_path():
    assert parse("file:/run/secrets/slack") == Reference(path="/run/secrets/slack")


@pytest.mark.parametrize(
    "text",
    [
        "file:",
        "file:slack",
        "file:./slack",
        "file:~/slack",
        "file:///run/secrets/slack",
        "file://host/run/secrets/slack",
        "file:/run/secrets/../../etc/shadow",
        "file:/run//secrets/slack",
        "file:/run/secrets/./slack",
        "file:/run/secrets/",
        "file:/run/secrets/slack\0.txt",
    ],
)
def test_a_path_is_full_and_says_what_it_means(text):
    assert reason(text) == references.PATH


@pytest.mark.parametrize(
    "text", ["", "slack", "/run/secrets/slack", "FILE:/run/x", "vault:slack", " $ODOOOPS_SECRET_A"]
)
def test_what_is_neither_is_no_reference(text):
    assert reason(text) == references.FORM
