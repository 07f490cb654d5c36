"""Two runs at once on the same state."""

import os

import pytest

from odooops.stack import lock
from odooops.stack.errors import StackError


def test_a_second_run_is_refused_with_the_number_of_the_first(tmp_path):
    refused = pytest.raises(StackError, match=f"process {os.getpid()}")
    with lock.exclusive(tmp_path / "lock"), refused, lock.exclusive(tmp_path / "lock"):
        pass
    with lock.exclusive(tmp_path / "lock"):
        pass


def test_a_link_is_not_followed(tmp_path):
    (tmp_path / "lock").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError, match="symbolic links"), lock.exclusive(tmp_path / "lock"):
        pass
    assert not (tmp_path / "elsewhere").exists()
