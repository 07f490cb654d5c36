"""What root finds out for the user that the stack runs as. Here, because all other tests run without root."""

import os
import tempfile
from pathlib import Path

import pytest

from odooops.stack import account
from odooops.stack.errors import StackError

nobody = account.find("nobody")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can ask as another user")
def test_root_asks_as_the_account():
    with tempfile.TemporaryDirectory() as directory:
        Path(directory).chmod(0o755)
        closed = Path(directory) / "checkout"
        closed.mkdir(mode=0o700)

        assert account.ask_as(nobody, os.geteuid) == nobody.uid
        with pytest.raises(StackError, match=rf"the user nobody cannot read .* {closed} is closed to it"):
            account.require_readable(nobody, "the checkout", closed)
    assert os.geteuid() == 0
