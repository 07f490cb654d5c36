"""Which URLs and addresses a request may go to."""

import ipaddress
import json
from pathlib import Path

import pytest
from odooops_base.tools import addresses
from odooops_base.tools.addresses import AddressError, Target, can_be_allowed, parse, parse_networks, refusal

VECTORS = json.loads((Path(__file__).parents[2] / "vectors/ssrf.json").read_text())["urls"]
PRIVATE = parse_networks("127.0.0.0/8 ::1 10.0.0.0/8 fc00::/7")
EVERYTHING = parse_networks("0.0.0.0/0 ::/0")


def ip(text):
    return ipaddress.ip_address(text)


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: ascii(vector["url"]))
def test_no_spelling_of_a_forbidden_address_is_accepted(vector):
    url = vector["url"].replace("{port}", "40123")
    if vector["refused"] == "parse":
        with pytest.raises(AddressError) as caught:
            parse(url)
        assert "40123" not in str(caught.value)
    else:
        host = parse(url).host
        found = vector.get("resolves") or [host]
        assert any(refusal(ip(text.partition("%")[0])) for text in found)


def test_there_are_enough_spellings_and_none_twice():
    urls = [vector["url"] for vector in VECTORS]

    assert len(urls) >= 80
    assert len(set(urls)) == len(urls)


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://hooks.example.com/T0/B0/x?y=z#f", ("https", "hooks.example.com", 443)),
        ("HTTP://Example.COM:8080", ("http", "example.com", 8080)),
        ("http://example.com?q=1", ("http", "example.com", 80)),
        ("https://xn--bcher-kva.example/", ("https", "xn--bcher-kva.example", 443)),
        ("http://a_b.internal/", ("http", "a_b.internal", 80)),
        ("http://8.8.8.8/", ("http", "8.8.8.8", 80)),
        ("https://[2606:4700:0:0::1111]:8443/x", ("https", "2606:4700::1111", 8443)),
        ("http://1e100.net/", ("http", "1e100.net", 80)),
        ("http://localhost/", ("http", "localhost", 80)),
        ("http://example.com/path@x:y/[1]|{2}^`", ("http", "example.com", 80)),
    ],
)
def test_plain_urls_are_understood(url, target):
    assert parse(url) == Target(*target, url)


def test_only_the_ports_that_are_allowed_are_accepted():
    assert parse("https://example.com/", ports={443}).port == 443
    with pytest.raises(AddressError, match="port 8443 is not allowed"):
        parse("https://example.com:8443/", ports={443})


@pytest.mark.parametrize(
    ("url", "complaint"),
    [
        ("ftp://example.com/", "neither http:// nor https://"),
        ("https://user:pl4nted@example.com/", "user name or password"),
        ("https://bücher.example/", "not ASCII"),
        ("https://example.com/" + "x" * 5000, "longer than 4096"),
        ("https://2130706433/", "write an IPv4 address as 192.0.2.1"),
        ("https://[::g]/pl4nted", "https://host.example/path"),
        ("https://[1::2::3]/pl4nted", "no IPv6 address"),
        ("https://exa mple.com/pl4nted", "https://host.example/path"),
        ("https://-x-.com/pl4nted", "no host name"),
    ],
)
def test_what_is_wrong_is_said_and_the_url_is_not_told(url, complaint):
    with pytest.raises(AddressError, match=complaint) as caught:
        parse(url)
    assert "pl4nted" not in str(caught.value)


def test_what_may_be_told_of_a_target_is_scheme_host_and_port():
    assert parse("https://example.com/pl4nted?pl4nted#pl4nted").origin == "https://example.com"
    assert parse("http://[2606:4700::1111]:8080/pl4nted").origin == "http://[2606:4700::1111]:8080"


@pytest.mark.parametrize(
    "text", ["8.8.8.8", "1.1.1.1", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "2a00::1"]
)
def test_public_addresses_are_not_refused(text):
    assert refusal(ip(text)) == ""


def test_a_private_network_that_is_allowed_is_not_refused_and_others_are():
    for text in ("127.0.0.1", "10.1.2.3", "::1", "fd00::1"):
        assert refusal(ip(text), PRIVATE) == ""
        assert can_be_allowed(ip(text))
    for text in ("192.168.0.1", "172.16.0.1", "100.64.0.1"):
        assert refusal(ip(text), PRIVATE)


@pytest.mark.parametrize(
    "text",
    ["169.254.169.254", "fd00:ec2::254", "100.100.100.200", "0.0.0.0", "224.0.0.1", "255.255.255.255",
     "fe80::1", "ff02::1", "::ffff:127.0.0.1", "2002:7f00:1::", "2001::1", "64:ff9b::7f00:1", "::", "::7f00:1"],
)  # fmt: skip
def test_metadata_services_and_addresses_in_disguise_are_refused_whatever_is_allowed(text):
    assert refusal(ip(text), EVERYTHING)
    assert not can_be_allowed(ip(text))


def test_each_special_network_is_refused_from_its_first_to_its_last_address():
    networks = [*addresses._LOCAL_NETWORKS, *addresses._NEVER_NETWORKS]
    for network, _why in networks:
        assert refusal(network[0])
        assert refusal(network[-1])


def test_networks_are_separated_by_commas_or_blanks():
    assert parse_networks("") == ()
    assert list(map(str, parse_networks("10.0.0.0/8, 192.168.1.7\nfd12::/16"))) == [
        "10.0.0.0/8",
        "192.168.1.7/32",
        "fd12::/16",
    ]


@pytest.mark.parametrize(
    "text", ["10.0.0.1/8", "10.0.0.0/33", "localhost", "10.*", "10.0.0.0/8;fd12::/16", "*"]
)
def test_what_is_no_network_is_named(text):
    with pytest.raises(AddressError, match="is no network such as"):
        parse_networks("127.0.0.1, " + text)
