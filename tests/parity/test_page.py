"""The page of operations is what the rows give, and the rows are complete."""

from operations import OPERATIONS
from operations.table import Cli, No
from page import PAGE, page

ROLES = ("viewer", "operator", "auditor", "admin")


def test_the_page_is_up_to_date():
    assert PAGE.read_text(encoding="utf-8") == page(), "write it anew: python3 tests/parity/page.py"


def test_each_operation_has_a_name_of_its_own_and_a_role():
    names = [operation.name for operation in OPERATIONS]
    assert len(names) == len(set(names))
    assert {operation.role for operation in OPERATIONS} <= set(ROLES)


def test_each_empty_cell_says_why():
    cells = [cell for row in OPERATIONS for cell in (row.ui, row.call, row.cli, row.yaml, row.schedule)]
    assert all(len(cell.reason) > 20 for cell in cells if isinstance(cell, No))


def test_what_changes_something_proves_that_it_did():
    reading = ("list", "get", "access", "plan", "validate", "export", "drift", "state", "render")
    proved = {row.name for row in OPERATIONS if row.proof or row.gone or _is_told(row.cli)}
    assert [
        name for row in OPERATIONS if (name := row.name) not in proved and name.split(".")[1] not in reading
    ] == []


def _is_told(cell):
    return isinstance(cell, Cli) and bool(cell.told)


def test_what_takes_something_away_is_proved_by_what_tells_that_it_is_gone():
    """What holds before the operation as well would show nothing: that other records are there, for example."""
    removing = [row for row in OPERATIONS if row.name.split(".")[1] in ("delete", "revoke")]
    told = {row.name for row in removing if row.gone or row.proof.model == "odooops.event"}
    assert {row.name for row in removing} == told
    assert [row.name for row in OPERATIONS if row.gone and not row.before] == []
