"""odooops backup: what is recorded of a file, and what the list says."""

import hashlib
import json
import os

import pytest

from odooops.commands import backup

MODEL = "odooops.backup"
ANSWER = {
    "id": 4,
    "environment": "production",
    "kind": "full",
    "outcome": "success",
    "size": 3,
    "location": "",
}


@pytest.fixture
def backups(odoo):
    return odoo.on(f"{MODEL}.record_backup", ANSWER).on(f"{MODEL}.record_restore_test", ANSWER)


def recorded(odoo):
    (asked,) = odoo.asked(f"{MODEL}.record_backup")
    return asked


def test_size_checksum_place_and_time_come_from_the_file(backups, run, tmp_path):
    file = tmp_path / "odoo.dump"
    file.write_bytes(b"a backup")
    os.utime(file, (1795600000, 1795600000))

    assert run("backup", "record", "production", "--file", str(file), "--kind", "dump")[0] == 0

    assert recorded(backups) == {
        "environment": "production",
        "outcome": "success",
        "kind": "dump",
        "size": 8,
        "checksum": f"sha256:{hashlib.sha256(b'a backup').hexdigest()}",
        "location": str(file),
        "finished_at": "2026-11-25T09:46:40Z",
    }


def test_what_is_said_wins_over_what_the_file_says(backups, run, tmp_path):
    (tmp_path / "odoo.dump").write_bytes(b"x")

    run(
        "backup",
        "record",
        "production",
        "--file",
        str(tmp_path / "odoo.dump"),
        "--location",
        "s3://backups/1",
    )

    assert recorded(backups)["location"] == "s3://backups/1"


def test_a_backup_that_failed_is_recorded_as_such(backups, run):
    run("backup", "record", "production", "--failed", "--note", "disk full", "--tool", "pg_dump")

    assert recorded(backups) == {
        "environment": "production",
        "outcome": "failure",
        "note": "disk full",
        "tool": "pg_dump",
    }


def test_a_file_that_is_not_there_is_named_and_nothing_is_recorded(backups, run, tmp_path):
    code, _output, errors = run("backup", "record", "production", "--file", str(tmp_path / "none"))

    assert (code, errors) == (1, f"odooops: {tmp_path / 'none'}: No such file or directory\n")
    assert backups.calls == []


def test_a_large_file_is_read_in_blocks_and_says_how_far_it_is(tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "BLOCK", 4)
    monkeypatch.setattr(backup, "PROGRESS_BYTES", 8)
    (tmp_path / "x").write_bytes(b"0123456789")
    told = []

    assert backup.measure(tmp_path / "x", told.append)["size"] == 10
    assert told == ["x: 1 GiB are read"]


@pytest.mark.parametrize(("options", "outcome"), [([], "success"), (["--failed"], "failure")])
def test_a_restore_test_has_an_outcome(backups, run, options, outcome):
    run("backup", "restore-test", "4", *options, "--note", "on the standby")

    assert backups.asked(f"{MODEL}.record_restore_test") == [
        {"backup": 4, "outcome": outcome, "note": "on the standby"}
    ]


def test_sizes_and_moments_are_for_people_in_the_table_and_plain_in_json(odoo, run, in_berlin):
    record = {"id": 4, "environment_id": [1, "production"], "size": 1610612736.0, "checksum": False}
    odoo.on(f"{MODEL}.search_read", [record | {"finished_at": "2026-11-25 02:00:00"}])

    table = run("backup", "list", "--environment", "production")[1]
    (found,) = json.loads(run("backup", "list", "--output", "json")[1])

    assert "1.5 GiB" in table
    assert "2026-11-25 03:00:00+01:00" in table
    assert (found["size"], found["finished_at"]) == (1610612736.0, "2026-11-25T02:00:00Z")
    assert odoo.asked(f"{MODEL}.search_read")[0]["domain"] == [["environment_id.name", "=", "production"]]
