"""Which of the operator's options Odoo can read, by a parser that is made as Odoo's is."""

import optparse
from types import SimpleNamespace

import pytest

from odooops.stack.odoo_options import unreadable

BOOLEANS = {"1": True, "true": True, "no": False}


def option(**attributes):
    found = {"type": None, "choices": None, "file_loadable": True} | attributes
    return SimpleNamespace(**found)


OPTIONS = {
    "workers": option(type="int"),
    "transient_age_limit": option(type="float"),
    "log_level": option(type="choice", choices=["warn", "info"]),
    "proxy_mode": option(),
    "db_user": option(type="string"),
    "init": option(type="int", file_loadable=False),
}


def parse(name, value):
    kind = OPTIONS[name].type
    if kind == "choice" and value not in OPTIONS[name].choices:
        raise optparse.OptionValueError(name)
    if kind is None and value.lower() not in BOOLEANS:
        raise optparse.OptionValueError(name)
    return {"int": int, "float": float}.get(kind, str)(value)


CONFIG = SimpleNamespace(options_index=OPTIONS, parse=parse)


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("workers", "many", "a whole number"),
        ("workers", "", "a whole number"),
        ("workers", "2.5", "a whole number"),
        ("transient_age_limit", "long", "a number"),
        ("log_level", "loud", "one of info, warn"),
        ("proxy_mode", "perhaps", "True or False"),
    ],
)
def test_what_odoo_cannot_read_is_told_with_what_it_expects(name, value, expected):
    assert unreadable(CONFIG, {name: value, "db_user": "odoo"}) == {name: expected}


def test_what_odoo_reads_or_passes_over_is_left_to_it():
    options = {"workers": "4", "transient_age_limit": "0.5", "log_level": "warn", "proxy_mode": "True"}
    passed_over = {"workers": "False", "of_another_addon": "many", "init": "many"}

    assert unreadable(CONFIG, options) == {}
    assert unreadable(CONFIG, passed_over) == {}
