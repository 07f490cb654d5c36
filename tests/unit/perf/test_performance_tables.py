"""The tables of docs/performance.md."""

import json

import report
from performance_page import page
from performance_tables import tables


def row(figure: str, value: float, **more) -> dict:
    return report.row("overhead", figure, value, "µs", **{"workload": "login", "variant": "default", **more})


def test_a_case_is_a_line_and_a_figure_is_a_column():
    text = tables(
        [row("A/B", 12.34, noise=5), row("self-timed", 20, goal=50), row("A/B", 1, variant="100 %")]
    )

    assert text.splitlines() == [
        "| workload | variant | A/B         | self-timed   |",
        "| -------- | ------- | ----------- | ------------ |",
        "| login    | default | 12.3 ± 5 µs | 20 µs (≤ 50) |",
        "| login    | 100 %   | 1 µs        |              |",
    ]


def test_a_missed_goal_is_in_bold():
    assert "**60 µs** (≤ 50)" in tables([row("self-timed", 60, goal=50)])
    assert "**6 µs** (≥ 10)" in tables([row("cheaper", 6, goal=10, at_least=True)])


def test_other_labels_make_another_table_and_the_machine_comes_last():
    machine = report.machine("overhead", 0.5)
    text = tables([machine, row("A/B", 1), report.row("overhead", "a request", 2, "µs", variant="default")])

    assert text.count("| variant") == 2
    assert text.splitlines()[-1].startswith(f"{machine['value']:.0f} processors")


def test_large_values_are_written_in_full():
    assert "1234 µs" in tables([row("A/B", 1234.4)])


def test_a_row_has_what_the_design_asks_of_it():
    made = row("A/B", 1.23456, noise=0.5, samples=10)

    assert (
        json.loads(json.dumps(made)).items()
        >= {
            "name": "overhead.login.default.A/B",
            "value": 1.235,
            "unit": "µs",
            "goal": None,
            "met": True,
            "samples": 10,
            "noise": 0.5,
        }.items()
    )


def test_the_page_keeps_its_words_and_gets_the_tables_of_its_figures(tmp_path):
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs/performance.jsonl").write_text(json.dumps(row("A/B", 7)) + "\n")
    words = "# Costs\n\n<!-- measured: overhead -->\n\nold\n\n<!-- end -->\n\nAfter.\n"
    (tmp_path / "docs/performance.md").write_text(words)

    made = page(tmp_path)

    assert made.startswith("# Costs\n\n<!-- measured: overhead -->\n\n| workload |")
    assert made.endswith("<!-- end -->\n\nAfter.\n")
    assert "old" not in made
