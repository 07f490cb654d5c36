"""Business gauges: definitions are data, and groups become few series that add up."""

import pytest
from odooops_otel.tools import gauges
from odooops_otel.tools.gauges import GaugeError, Group


@pytest.mark.parametrize("name", ["orders", "sale.open_orders", "a1.b2_c3", "x." * 39 + "yz"])
def test_a_name_of_a_metric_is_taken(name):
    gauges.check_name(name)


@pytest.mark.parametrize(
    "name",
    ["", "Orders", "open orders", "a..b", ".a", "a.", "a__b", "_a", "1a", "a-b", "a{b}", "a\nb", "a" * 81],
)
def test_what_is_no_name_of_a_metric_is_refused(name):
    with pytest.raises(GaugeError, match="lower-case"):
        gauges.check_name(name)


@pytest.mark.parametrize("unit", ["s", "By", "{order}", "{EUR}"])
def test_units_that_prometheus_spells_as_we_do_are_taken(unit):
    gauges.check_unit(unit)


@pytest.mark.parametrize("unit", ["", "ms", "EUR", "{}", "{a b}", "{a", "1", "{a}\n"])
def test_other_units_are_refused(unit):
    with pytest.raises(GaugeError, match="unit"):
        gauges.check_unit(unit)


def test_prometheus_calls_it_by_its_name_with_its_unit():
    assert gauges.series_name("sale.open_orders", "{order}") == "odoo_business_sale_open_orders"
    assert gauges.series_name("sale.delay", "s") == "odoo_business_sale_delay_seconds"
    with pytest.raises(KeyError):
        gauges.series_name("sale.delay", "ms")


def test_a_metric_is_told_apart_by_fields_and_database():
    metric = gauges.metric("sale.open_orders", "{order}", "Open.", ("state", "team_id"))

    assert (metric.name, metric.kind, metric.description) == (
        "odoo.business.sale.open_orders",
        "gauge",
        "Open.",
    )
    assert metric.attributes == ("odoo.field.state", "odoo.field.team_id", "db.namespace")


def test_labels_are_names_of_fields():
    assert gauges.parse_labels("") == ()
    assert gauges.parse_labels(False) == ()
    assert gauges.parse_labels(" state,team_id , ") == ("state", "team_id")


@pytest.mark.parametrize("labels", ["a,b,c,d", "a,a", "a.b", "a:month", "A", "a b", "a;drop"])
def test_what_is_no_list_of_few_fields_is_refused(labels):
    with pytest.raises(GaugeError, match="labels"):
        gauges.parse_labels(labels)


def test_a_domain_is_read_as_plain_values():
    text = "['|', ('state', 'in', ['draft', 'sent']), ('date', '<', '-7d')]"

    assert gauges.parse_domain(text) == ["|", ("state", "in", ["draft", "sent"]), ("date", "<", "-7d")]
    assert gauges.parse_domain(" ") == []


@pytest.mark.parametrize(
    "domain",
    [
        "[('id', '=', uid)]",
        "[('id', '=', __import__('os').getpid())]",
        "[x for x in ()]",
        "(1).__class__",
        "('state', '=', 'draft')",
        "[('state'",
        "[" * 500 + "]" * 500,
        "[" + "-" * 1500 + "1]",
        "[('a', '=', 'b\0')]",
        "{}",
        "[1]" * 800,
    ],
)
def test_a_domain_is_never_code(domain):
    with pytest.raises(GaugeError, match="domain"):
        gauges.parse_domain(domain)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "none"),
        ("", "none"),
        ("  ", "none"),
        (True, "true"),
        (False, "false"),
        (0, "0"),
        ("draft", "draft"),
        ("Two\nlines\t here", "Two lines here"),
        ("x" * 500, "x" * 100),
    ],
)
def test_a_value_becomes_a_label_of_one_line(value, text):
    assert gauges.label_text(value) == text


def test_a_label_has_nothing_that_must_not_leave_the_process():
    text = gauges.label_text("Anna <anna@example.com> password=hunter2")

    assert "anna@example.com" not in text
    assert "hunter2" not in text


def group(label, count, filled=0, total=None):
    return Group((label,), count, filled, total)


def test_the_largest_groups_have_series_and_the_rest_is_one():
    found = gauges.fold([group("a", 1), group("b", 5), group("c", 2), group("d", 3)], "count", limit=2)

    assert found == [(("b",), 5), (("d",), 3), (("other",), 3)]


def test_no_record_is_lost_or_doubled_by_the_limit():
    groups = [group(f"g{number}", number) for number in range(1, 200)]

    assert sum(value for _labels, value in gauges.fold(groups, "count")) == sum(range(1, 200))
    assert len(gauges.fold(groups, "count")) == gauges.MAX_SERIES + 1


def test_groups_of_the_same_label_are_one_series():
    assert gauges.fold([group("a", 1, 1, 2.0), group("a", 1, 1, 3.0)], "sum") == [(("a",), 5.0)]


def test_a_group_that_is_called_other_is_put_with_the_rest():
    assert gauges.fold([group("other", 9), group("b", 5), group("c", 2)], "count", limit=2) == [
        (("other",), 11),
        (("b",), 5),
    ]


@pytest.mark.parametrize(
    ("aggregate", "value"),
    [("count", 6), ("sum", 14.0), ("avg", 3.5), ("min", 1.0), ("max", 10.0)],
)
def test_groups_are_put_together_as_their_records_would_be(aggregate, value):
    # 1, 1 and nothing; 2, 10 and nothing
    totals = {"min": (1.0, 2.0), "max": (1.0, 10.0)}.get(aggregate, (2.0, 12.0))
    groups = [group("a", 3, 2, totals[0]), group("b", 3, 2, totals[1])]

    assert gauges.fold(groups, aggregate, limit=0) == [(("other",), value)]


@pytest.mark.parametrize(("aggregate", "found"), [("count", 0), ("sum", 0.0)])
def test_no_record_is_zero(aggregate, found):
    assert gauges.fold([Group((), 0)], aggregate) == [((), found)]


@pytest.mark.parametrize("aggregate", ["avg", "min", "max"])
def test_of_no_record_there_is_no_average(aggregate):
    assert gauges.fold([Group((), 0)], aggregate) == []
