"""What the account that runs the stack can read."""

import os

import pytest

from odooops.stack import account
from odooops.stack.errors import StackError

as_user = pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")


@pytest.fixture
def checkout(tmp_path):
    (tmp_path / "checkout" / "addons").mkdir(parents=True)
    (tmp_path / "checkout" / "addons" / "file.py").touch()
    return tmp_path / "checkout"


def test_a_readable_checkout_is_accepted(checkout):
    account.require_readable(account.current(), "the checkout", checkout)


@as_user
def test_a_closed_directory_inside_is_named_with_the_command_that_mends_it(checkout):
    (checkout / "addons").chmod(0)
    with pytest.raises(StackError, match=rf"{checkout}/addons is closed .* chmod -R o\+rX {checkout}"):
        account.require_readable(account.current(), "the checkout", checkout)
    (checkout / "addons").chmod(0o700)


@as_user
def test_a_closed_top_of_what_is_read_is_named(checkout):
    (checkout / "addons").chmod(0)
    with pytest.raises(StackError, match=rf"{checkout}/addons is closed"):
        account.require_readable(account.current(), "the checkout", checkout, checkout / "addons")
    (checkout / "addons").chmod(0o700)


def test_what_is_missing_is_not_called_closed(checkout):
    assert account.first_unreadable(checkout / "monitoring" / "x") is None


@as_user
def test_a_closed_directory_above_is_named_with_the_command_that_mends_it(checkout):
    checkout.parent.chmod(0o600)
    try:
        with pytest.raises(
            StackError, match=rf"{checkout.parent} is closed to it; run: chmod o\+x {checkout.parent} "
        ):
            account.require_readable(account.current(), "the checkout", checkout)
    finally:
        checkout.parent.chmod(0o700)
