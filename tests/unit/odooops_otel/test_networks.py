"""An address is inside a network or it is not, however it is written."""

import pytest
from odooops_otel.tools import networks


@pytest.mark.parametrize(
    ("text", "inside", "outside"),
    [
        ("127.0.0.0/8,::1", ["127.0.0.1", "127.255.1.2", "::1"], ["128.0.0.1", "::2", "10.0.0.1"]),
        ("10.0.0.7", ["10.0.0.7"], ["10.0.0.8"]),
        (" 10.0.0.7 , 192.168.0.0/16 ,", ["192.168.9.9", "10.0.0.7"], ["192.169.0.1"]),
        ("2001:db8::/32", ["2001:db8::1", "2001:DB8:0:0::1"], ["2001:db9::1", "32.1.13.184"]),
        ("0.0.0.0/0", ["1.2.3.4"], ["::1"]),
        ("", [], ["127.0.0.1", "::1"]),
    ],
)
def test_an_address_belongs_to_the_networks_that_hold_it(text, inside, outside):
    trusted = networks.parse(text)

    assert [networks.contain(trusted, address) for address in inside] == [True] * len(inside)
    assert [networks.contain(trusted, address) for address in outside] == [False] * len(outside)


def test_an_ipv4_address_in_ipv6_form_is_the_ipv4_address():
    assert networks.contain(networks.parse("127.0.0.0/8"), "::ffff:127.0.0.1")
    assert not networks.contain(networks.parse("127.0.0.0/8"), "::ffff:10.0.0.1")


@pytest.mark.parametrize(
    "address", [None, "", "localhost", "127.0.0.1:80", "unix:", "127.1", "127.0.0.1, 10.0.0.1", "x" * 10_000]
)
def test_what_is_no_address_belongs_to_no_network(address):
    assert not networks.contain(networks.parse("0.0.0.0/0,::/0"), address)


@pytest.mark.parametrize(
    "text", ["localhost", "10.0.0.0/33", "10.0.0.7/8", "10.0.0.1-10.0.0.9", "10.0.0.1 ::1"]
)
def test_what_is_neither_address_nor_network_is_refused(text):
    with pytest.raises(ValueError, match=r"does not appear to be|has host bits set"):
        networks.parse(text)
