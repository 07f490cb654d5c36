"""The list of parts is read or refused with the field named; a check says one of three states."""

import json

import pytest
from odooops_base.tools import components as parts
from odooops_base.tools.components import Check, Component, ComponentsError, Outcome, Summary

PROMETHEUS = {
    "name": "prometheus",
    "title": "Prometheus",
    "purpose": "Stores metrics",
    "version": "3.5.3",
    "listen": "127.0.0.1:9090",
    "check": {"type": "http", "url": "http://127.0.0.1:9090/-/ready"},
}
HTTP = Check("127.0.0.1", 9090, "/-/ready")
TCP = Check("127.0.0.1", 5432)


def listing(*entries, **changes):
    return json.dumps({"version": 1, "components": list(entries)} | changes)


def with_check(**check):
    return listing({"name": "x", "title": "X", "check": check})


def refusal(text):
    with pytest.raises(ComponentsError) as caught:
        parts.parse(text)
    return str(caught.value)


def test_a_part_is_read_with_all_its_fields():
    expected = Component("prometheus", "Prometheus", "Stores metrics", "3.5.3", "127.0.0.1:9090", HTTP)

    assert parts.parse(listing(PROMETHEUS)) == [expected]


def test_a_part_needs_no_more_than_name_and_title():
    assert parts.parse(listing({"name": "x", "title": "X"})) == [Component("x", "X")]


def test_parts_keep_the_order_of_the_file():
    names = ["nginx", "odoo", "alertmanager"]

    read = parts.parse(listing(*({"name": name, "title": name} for name in names)))

    assert [part.name for part in read] == names


def test_keys_of_later_versions_are_left_alone():
    assert parts.parse(listing(PROMETHEUS | {"colour": "red"}, generated="today"))[0].name == "prometheus"


def test_an_empty_list_is_a_list():
    assert parts.parse(listing()) == []


@pytest.mark.parametrize(
    ("check", "expected"),
    [
        ({"type": "none"}, None),
        ({"type": "tcp", "address": "db.example.com:5432"}, Check("db.example.com", 5432)),
        ({"type": "tcp", "address": "[::1]:5432"}, Check("::1", 5432)),
        ({"type": "http", "url": "http://prometheus"}, Check("prometheus", 80, "/")),
        ({"type": "http", "url": "https://x:8/a?b=c#d"}, Check("x", 8, "/a?b=c", tls=True)),
        ({"type": "http", "url": "https://x"}, Check("x", 443, "/", tls=True)),
        ({"type": "http", "url": "http://[::1]:9090/"}, Check("::1", 9090, "/")),
    ],
)
def test_a_check_is_read(check, expected):
    assert parts.parse(with_check(**check))[0].check == expected


def test_a_check_shows_its_address_as_people_write_it():
    assert Check("::1", 9090, "/x", tls=True).url == "https://[::1]:9090/x"
    assert HTTP.url == "http://127.0.0.1:9090/-/ready"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "line 1, column 1: no JSON: Expecting value"),
        ('{"version": 1,\n "components": [}', "line 2, column 17: no JSON: Expecting value"),
        ("[]", 'the file: expected an object {"version": …, "components": […]}, found []'),
        ("[" * 100_000, "the file: nested too deeply"),
        ('{"components": []}', "version: expected 1, found nothing"),
        (listing(version=2), "version: expected 1, found 2"),
        (listing(version="1"), 'version: expected 1, found "1"'),
        (listing(version=True), "version: expected 1, found true"),
        ('{"version": 1}', "components: expected a list, found nothing"),
        (listing(components={}), "components: expected a list, found {}"),
        (listing(PROMETHEUS, "nginx"), 'components[1]: expected an object, found "nginx"'),
        (listing({"title": "X"}), "components[0].name: expected a text that is not empty, found nothing"),
        (listing({"name": "X"}), "components[0].name: expected a-z, 0-9, '_', '-' and '.', found \"X\""),
        (listing({"name": "x", "title": " "}), 'components[0].title: expected a text that is not empty, found " "'),
        (listing(PROMETHEUS | {"version": 3.5}), "components[0].version: expected a text, found 3.5"),
        (listing(PROMETHEUS, PROMETHEUS), 'components[1].name: "prometheus" is already the name of components[0]'),
        (with_check(), 'components[0].check.type: expected "http", "tcp" or "none", found nothing'),
        (with_check(type="icmp"), 'components[0].check.type: expected "http", "tcp" or "none", found "icmp"'),
        (with_check(type=["http"]), 'components[0].check.type: expected "http", "tcp" or "none", found ["http"]'),
        (with_check(type="http"), "components[0].check.url: expected a text that is not empty, found nothing"),
        (with_check(type="tcp", address="db"), "components[0].check.address: expected a port from 1 to 65535"),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_used_is_refused_by_the_name_of_the_field(text, message):
    assert refusal(text) == message


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("ftp://x/", "an address that begins with http:// or https://"),
        ("file:///etc/passwd", "an address that begins with http:// or https://"),
        ("prometheus:9090/", "an address that begins with http:// or https://"),
        ("http://", "a host name or an IP address"),
        ("http://x:0/", "a port from 1 to 65535"),
        ("http://x:99999/", "a port from 1 to 65535"),
        ("http://x:a/", "a port from 1 to 65535"),
        ("http://[::1/", "a valid address"),
        ("http://x/a b", "an address without spaces"),
        ("http://x/\r\nHost: evil", "an address without spaces"),
        ("http://ex–ample/", "an address without spaces"),
        ("http://a%00b/", "a host name or an IP address"),
    ],
)
def test_an_address_that_cannot_be_asked_is_refused(url, expected):
    assert refusal(with_check(type="http", url=url)) == f"components[0].check.url: expected {expected}"


def test_a_password_in_an_address_is_refused_and_not_repeated():
    message = refusal(with_check(type="http", url="http://admin:hunter2@x/"))

    assert message == "components[0].check.url: expected an address without user and password"


@pytest.mark.parametrize("address", ["x:80/path", "user@x:80", "x:80?q", ":80"])
def test_a_tcp_address_is_host_and_port_and_nothing_else(address):
    assert refusal(with_check(type="tcp", address=address)).startswith(
        "components[0].check.address: expected "
    )


def test_a_long_value_is_cut_in_the_message():
    assert len(refusal(listing(version="x" * 10_000))) < 80


def test_more_parts_than_can_be_asked_at_once_are_refused():
    many = [{"name": f"part{index}", "title": "X"} for index in range(parts.MAX_COMPONENTS + 1)]

    assert refusal(listing(*many)) == "components: at most 100 are expected, there are 101"


@pytest.mark.parametrize(
    ("check", "outcome", "verdict"),
    [
        (None, None, ("unknown", "unchecked")),
        (HTTP, None, ("unknown", "unfinished")),
        (TCP, Outcome(), ("healthy", "")),
        (TCP, Outcome(error="refused"), ("failing", "refused")),
        (HTTP, Outcome(status=200), ("healthy", "")),
        (HTTP, Outcome(status=204), ("healthy", "")),
        (HTTP, Outcome(status=302), ("failing", "redirect")),
        (HTTP, Outcome(status=404), ("failing", "status")),
        (HTTP, Outcome(status=503), ("failing", "status")),
        (HTTP, Outcome(status=101), ("failing", "status")),
        (HTTP, Outcome(error="timeout"), ("failing", "timeout")),
    ],
)
def test_what_a_check_met_is_one_of_three_states_with_a_reason(check, outcome, verdict):
    assert parts.evaluate(check, outcome) == verdict


@pytest.mark.parametrize(
    ("answer", "status"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200),
        (b"HTTP/1.0 503 Service Unavailable\r\n", 503),
        (b"HTTP/1.1 204\r\n", 204),
        (b"HTTP/1.1 200 OK", None),
        (b"HTTP/2 200 \r\n", None),
        (b"HTTP/1.1 2000 OK\r\n", None),
        (b"SSH-2.0-OpenSSH_9.2\r\n", None),
        (b"", None),
    ],
)
def test_a_status_is_read_from_a_whole_status_line_only(answer, status):
    assert parts.parse_status(answer) == status


@pytest.mark.parametrize(
    ("states", "summary"),
    [
        (["healthy", "healthy"], Summary("healthy", 2, healthy=2, warning=0, failing=0, unknown=0)),
        (["healthy", "unknown"], Summary("unknown", 2, healthy=1, warning=0, failing=0, unknown=1)),
        (["unknown", "warning"], Summary("warning", 2, healthy=0, warning=1, failing=0, unknown=1)),
        (
            ["unknown", "failing", "healthy"],
            Summary("failing", 3, healthy=1, warning=0, failing=1, unknown=1),
        ),
        ([], Summary("unknown", 0, healthy=0, warning=0, failing=0, unknown=0)),
    ],
)
def test_the_state_of_all_is_the_worst_of_them(states, summary):
    assert parts.summarise(states) == summary
