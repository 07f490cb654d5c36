"""Who is told of our traces, and who of what others put into their baggage."""

import pytest
from odooops_otel.tools.convert import InvalidValue
from odooops_otel.tools.propagation import Audience, audience


@pytest.mark.parametrize(
    ("hosts", "host", "ids", "baggage"),
    [
        ("*", "shop.example", True, False),
        ("none", "shop.example", False, False),
        ("shop.example", "shop.example", True, True),
        ("shop.example", "a.shop.example", False, False),
        ("shop.example", "evilshop.example", False, False),
        (".shop.example", "a.b.shop.example", True, True),
        (".shop.example", "shop.example", False, False),
        (".shop.example", "evilshop.example", False, False),
        ("*,.internal", "erp.internal", True, True),
        ("*,.internal", "shop.example", True, False),
        ("::1", "::1", True, True),
        ("Shop.Example", "shop.example", True, True),
        ("shop.example", "", False, False),
    ],
)
def test_ids_go_to_everyone_who_is_meant_and_baggage_to_those_who_are_named(hosts, host, ids, baggage):
    found = Audience(audience(hosts))

    assert (found.hears_ids(host), found.is_named(host)) == (ids, baggage)


@pytest.mark.parametrize(
    "text", ["https://a.example", "a.example:80", "a b", ",", "none,a.example/", "a..", "*.a"]
)
def test_what_is_no_host_is_refused(text):
    with pytest.raises(InvalidValue, match="host names without ports"):
        audience(text)
