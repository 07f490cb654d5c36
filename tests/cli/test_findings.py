"""What stands out in a trace, in words."""

from odooops import findings, render
from odooops.backends.tempo import Event, Span

PLACE = {
    "code.file.path": "odoo/addons/sale/models/sale_order.py",
    "code.line.number": 123,
    "code.function.name": "SaleOrder.confirm",
}
REPEATED = Event(
    0,
    "odoo.sql.repeated",
    {
        "db.query.summary": "SELECT res_partner",
        "db.query.text": "SELECT …",
        "odoo.sql.count": 83,
        "odoo.sql.time": 0.041,
        **PLACE,
    },
)
SESSION = "4712 (odoo-99, idle in transaction): UPDATE res_partner SET name = ?"
WAITED = Event(
    0,
    "odoo.sql.lock_wait",
    {
        "odoo.sql.lock_wait.time": 3.2,
        "odoo.sql.lock_wait.event": "transactionid",
        "odooops.postgresql.blocking.pids": [4712],
        "odooops.postgresql.blocking.sessions": [SESSION],
    },
)


def span(name="POST /web", milliseconds=100, events=(), **attributes):
    told = {key.replace("__", "."): value for key, value in attributes.items()}
    return Span("a", "", name, "odoo", "server", 0, milliseconds * 1_000_000, False, told, list(events))


def test_a_trace_that_is_well_has_no_findings():
    assert findings.lines([span()]) == []
    assert "what stands out" not in render.tree("ab" * 16, [span()])


def test_a_statement_in_a_loop_is_told_with_its_line():
    [line] = findings.lines([span(events=[REPEATED])])

    assert line == (
        "repeats SELECT res_partner 83 times, 41 ms (41%), "
        "odoo/addons/sale/models/sale_order.py:123 in SaleOrder.confirm"
    )


def test_a_line_that_another_request_has_shown_is_marked():
    event = Event(0, REPEATED.name, {**REPEATED.attributes, "odoo.sql.repeated.remembered": True})

    [line] = findings.lines([span(events=[event])])
    assert line.endswith("sale_order.py:123 in SaleOrder.confirm (seen in an earlier one)")


def test_a_statement_in_a_loop_whose_line_nobody_saw_is_told_without():
    bare = Event(
        0, REPEATED.name, {k: v for k, v in REPEATED.attributes.items() if not k.startswith("code.")}
    )

    assert findings.lines([span(events=[bare])]) == ["repeats SELECT res_partner 83 times, 41 ms (41%)"]


def test_a_wait_for_a_lock_says_for_whom():
    told = findings.lines([span("UPDATE res_partner", 3300, [WAITED])])

    assert told == [f"waits   UPDATE res_partner waited 3.2 s for a lock of {SESSION}"]


def test_a_slow_statement_is_told_with_its_line_and_the_id_by_which_postgresql_knows_it():
    slow = span("SELECT t", 2100, odoo__sql__slow=True, odooops__postgresql__query__id="-5")
    slow.attributes.update(PLACE)

    assert findings.lines([slow]) == [
        "slow    SELECT t 2.1 s, odoo/addons/sale/models/sale_order.py:123 in SaleOrder.confirm, query id -5"
    ]


def test_the_share_of_tables_and_modules_is_told_and_small_ones_are_left_out():
    own = span(odoo__sql__table__names=["a", "b", "c"], odoo__sql__table__times=[0.06, 0.02, 0.001])
    own.attributes.update({"odoo.sql.module.names": ["sale"], "odoo.sql.module.times": [0.08]})

    assert findings.lines([own]) == [
        "tables  POST /web a 60 ms (60%), b 20 ms (20%)",
        "modules POST /web sale 80 ms (80%)",
    ]


def test_attempts_are_told():
    [line] = findings.lines([span(odoo__request__attempts=3)])

    assert line.startswith("runs    POST /web 3 times: ")


def test_what_costs_most_comes_first_and_nothing_can_steer_the_terminal():
    own = span(events=[REPEATED, WAITED], odoo__sql__table__names=["\x1b[2J"], odoo__sql__table__times=[0.06])

    told = findings.lines([own])

    assert [line.split()[0] for line in told] == ["waits", "repeats", "tables"]
    assert "\x1b" not in "".join(told)


def test_the_tree_ends_with_what_stands_out():
    shown = render.tree("ab" * 16, [span(events=[REPEATED, WAITED])]).splitlines()

    assert shown[-3:] == [
        "what stands out",
        *(f"  {line}" for line in findings.lines([span(events=[REPEATED, WAITED])])),
    ]
    assert any(line.lstrip().startswith(f"! waited 3.2 s for a lock of {SESSION}") for line in shown)
    assert not any("odoo.sql.repeated" in line for line in shown)


def test_cold_caches_are_told_with_the_methods_that_had_to_compute():
    told = {
        "odoo.cache.miss.count": 12,
        "odoo.cache.miss.methods": ["ir.model.data._xmlid_lookup", "res.users._get_group_ids"],
        "odoo.cache.miss.counts": [9, 2],
    }
    own, warm = span(), span()
    own.attributes.update(told)
    warm.attributes.update(told | {"odoo.cache.miss.count": 9})

    assert findings.lines([own, warm]) == [
        "misses  POST /web 12 values that were not cached: ir.model.data._xmlid_lookup 9, res.users._get_group_ids 2"
    ]
