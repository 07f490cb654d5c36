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
