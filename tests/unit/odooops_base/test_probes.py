"""The file of what is probed: asked at the address that was checked, under the name that people use."""

import ipaddress
import json

import pytest
from odooops_base.tools import addresses, probes

SHOP = addresses.parse("https://Shop.example.com/odoo?token=planted")
ADDRESS = ipaddress.ip_address("93.184.215.14")


def entry(name="shop", target=SHOP, address=ADDRESS):
    return probes.entry(name, "production", target, address)


def test_it_is_asked_at_the_address_that_was_checked_under_its_name():
    assert entry() == {
        "targets": ["https://shop.example.com"],
        "labels": {
            "deployment_environment_name": "shop",
            "odooops_environment_kind": "production",
            "__param_target": "https://93.184.215.14:443/web/health",
            "__param_hostname": "shop.example.com",
        },
    }


def test_nothing_of_the_path_is_kept():
    assert "planted" not in probes.write([entry()])


def test_ports_and_addresses_of_six_are_written_as_urls_have_them():
    target = addresses.parse("http://shop.example.com:8069")
    made = entry(target=target, address=ipaddress.ip_address("2606:2800:21f::1"))

    assert made["targets"] == ["http://shop.example.com:8069"]
    assert made["labels"]["__param_target"] == "http://[2606:2800:21f::1]:8069/web/health"


def test_the_file_is_read_as_it_was_written():
    entries = [entry("b"), entry("a")]

    assert probes.read(probes.write(entries)) == [entry("a"), entry("b")]
    assert probes.write(entries) == probes.write(reversed(entries))
    assert json.loads(probes.write([])) == []


@pytest.mark.parametrize("text", ["", "{", "{}", "[1]", '[{"targets": []}]', '[{"labels": {}}]', "null"])
def test_what_somebody_else_has_written_is_nothing(text):
    assert probes.read(text) == []


def test_what_was_known_of_an_environment_is_found_at_the_same_place_only():
    known = [entry("other"), entry()]

    assert probes.find(known, "shop", SHOP) == entry()
    assert probes.find(known, "shop", addresses.parse("https://new.example.com")) is None
    assert probes.find(known, "new", SHOP) is None
