"""Backups."""

from .deployments import OF_CI
from .table import BY_PEOPLE, ID, ONE, READS, Button, Call, Cli, Dialog, Menu, No, Operation

MODEL, MENU = "odooops.backup", "odooops_base.menu_backup"
NAMED = [("location", "=", ONE)]
RECORD = Call(MODEL, "record_backup", {"environment": "local", "kind": "dump", "size": 1, "location": ONE})

ROWS = (
    Operation(
        name="backup.list",
        does="See the backups",
        role="viewer",
        call=Call(MODEL, "search_read", {"domain": [("location", "=", "none")], "fields": ["location"]}),
        ui=Menu(MENU),
        cli=Cli(("backup", "list")),
        yaml=READS,
        schedule=BY_PEOPLE,
    ),
    Operation(
        name="backup.record",
        does="Say that a backup was made",
        role="operator",
        call=RECORD,
        ui=Dialog(
            MENU,
            "odooops.backup.record",
            "action_record",
            {"environment_id": "{local_id}", "kind": "dump", "location": ONE},
        ),
        cli=Cli(("backup", "record", "local", "--kind", "dump", "--size", "1", "--location", ONE)),
        yaml=OF_CI,
        schedule=No(
            "the program that makes the backup says so; dumps that Odoo makes are recorded by themselves"
        ),
        proof=Call(MODEL, "search_count", {"domain": NAMED}),
    ),
    Operation(
        name="backup.test",
        does="Say that a backup was restored for a test",
        role="operator",
        call=Call(MODEL, "record_restore_test", {"backup": ID}),
        ui=Button("odooops_base.odooops_backup_view_form", "action_restore_worked", NAMED),
        cli=Cli(("backup", "restore-test", ID)),
        yaml=OF_CI,
        schedule=BY_PEOPLE,
        before=(RECORD,),
        proof=Call(MODEL, "search_count", {"domain": [*NAMED, ("restore_tested_at", "!=", False)]}),
        target=NAMED,
    ),
)
