"""A command line that is wrong: one line that says what to do."""

import pytest

from odooops import main as command_line
from odooops.stack import __main__ as launcher


def refusal(capsys, main, *words) -> str:
    with pytest.raises(SystemExit) as stop:
        main([*words])
    assert stop.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    return line


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "odooops: the following arguments are required: COMMAND; odooops --help says more"),
        (
            ("gate", "create", "g"),
            "required: --query, --comparison, --threshold; odooops gate create --help says",
        ),
        (("environment", "fix"), "invalid choice: 'fix'"),
        (("query", "logs", "--since", "-1h"), "'-1h' is no moment: write how long ago (10m, 2h, 3d)"),
        (("query", "metrics", "up", "--step", "-5s"), "'-5s' is no length of time: write 30s"),
        (("key", "create", "x", "--days", "ten"), "argument --days: 'ten': write a whole number"),
        (
            ("gate", "create", "g", "--query", "up", "--comparison", "<", "--threshold", "nan"),
            "write a number",
        ),
    ],
)
def test_it_is_one_line_that_says_what_to_do(words, said, capsys):
    assert said in refusal(capsys, command_line.main, *words)


@pytest.mark.parametrize("ratio", ["nan", "2", "-0.1", "inf", "5%"])
@pytest.mark.parametrize(
    "words",
    [
        ("sampling", "create", "Slow", "--kind", "any", "--ratio"),
        ("environment", "update", "shop", "--sampling-ratio"),
    ],
)
def test_a_share_is_refused_before_odoo_is_asked_and_in_the_words_of_the_option(words, ratio, capsys, odoo):
    line = refusal(capsys, command_line.main, *words, ratio)

    assert f"{words[-1]}: {ratio!r}: write a share from 0 to 1, such as 0.05 for 5 %" in line
    assert not odoo.calls


def test_the_launcher_has_the_same_manner(capsys):
    assert refusal(capsys, launcher.main, "up", "--prot", "8070") == (
        "setup/up: unrecognized arguments: --prot 8070; setup/up --help says more"
    )
