"""What a backup may say about itself."""

import hashlib

import pytest
from odooops_base.tools import backups

GOOD = "sha256:" + hashlib.sha256(b"dump").hexdigest()


def test_what_sha256sum_prints_is_a_checksum():
    assert backups.is_checksum(GOOD)


@pytest.mark.parametrize(
    "text", ["", "sha256:", GOOD[7:], GOOD[:-1], GOOD + "0", GOOD.upper(), "md5:" + "0" * 32]
)
def test_anything_else_is_none(text):
    assert not backups.is_checksum(text)


@pytest.mark.parametrize("location", ["s3://key:secret@bucket/x", "HTTPS://u:@h/", "sftp://a:b@c"])
def test_a_location_with_a_password_is_found(location):
    assert backups.has_credentials(location)


@pytest.mark.parametrize(
    "location", ["/backup/a:b@c.zip", "s3://bucket/x", "sftp://user@host/x", "https://h/a:b@c"]
)
def test_a_location_without_one_is_not(location):
    assert not backups.has_credentials(location)
