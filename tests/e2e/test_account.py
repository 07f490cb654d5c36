"""What root finds out for the user that the stack runs as. Here, because all other tests run without root."""

import os

import pytest

from odooops.stack import account
from odooops.stack.errors import StackError

nobody = account.find("nobody")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another user")
def test_root_asks_as_the_account(tmp_path):
    (tmp_path / "checkout").mkdir(mode=0o700)
    for parent in (tmp_path, *tmp_path.parents[:2]):
        parent.chmod(0o755)

    assert account.ask_as(nobody, os.geteuid) == nobody.uid
    with pytest.raises(
        StackError, match=rf"the user nobody cannot read .* {tmp_path}/checkout is closed to it"
    ):
        account.require_readable(nobody, "the checkout", tmp_path / "checkout")
    assert os.geteuid() == 0
