"""How mistakes are told."""

from odooops_base.tools.configuration.problems import ConfigurationError, Problem, dotted, lines


def test_a_path_is_written_as_people_write_it():
    assert dotted(["gates", "errors", "environments", 1]) == "gates.errors.environments[1]"
    assert dotted([]) == ""


def test_a_problem_says_where_it_is():
    assert str(Problem(3, 5, "a.b", "is wrong")) == "line 3, column 5: a.b: is wrong"
    assert str(Problem(3, 5, "", "is wrong")) == "line 3, column 5: is wrong"
    assert str(Problem(0, 0, "a", "is wrong")) == "a: is wrong"


def test_problems_are_told_in_the_order_of_the_text():
    error = ConfigurationError([Problem(9, 1, "", "second"), Problem(2, 1, "", "first")])
    assert str(error) == "line 2, column 1: first\nline 9, column 1: second"


def test_a_flood_of_problems_is_counted():
    found = lines(Problem(number, 1, "", "wrong") for number in range(1, 61))
    assert len(found) == 51
    assert found[-1] == "… and 10 more"
