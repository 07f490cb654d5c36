"""An exception is told by its class and by where it was raised; its message stays behind."""

import json
import re
import traceback

import pytest
from odooops_otel.tools import failure

SECRET = "s3cr3t"


class OwnError(Exception):
    """One with a message that would tell too much."""


def raised(function):
    try:
        function()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def fail():
    raise OwnError(SECRET)


def fail_because():
    try:
        {}[SECRET]
    except KeyError as error:
        raise OwnError(SECRET) from error


def fail_while_handling():
    try:
        {}[SECRET]
    except KeyError:
        fail()


def fail_and_hide():
    try:
        {}[SECRET]
    except KeyError:
        raise OwnError(SECRET) from None


def recurse(depth):
    return recurse(depth - 1) if depth else fail()


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (KeyError("x"), "KeyError"),
        (json.JSONDecodeError("x", "y", 0), "json.decoder.JSONDecodeError"),
        (OwnError(), f"{__name__}.OwnError"),
        (type("Inner", (Exception,), {"__qualname__": "Outer.Inner", "__module__": "m"})(), "m.Outer.Inner"),
    ],
)
def test_a_class_is_named_with_its_module(error, name):
    assert failure.type_name(error) == name


@pytest.mark.parametrize("function", [fail, fail_because, fail_while_handling, fail_and_hide])
def test_a_stacktrace_reads_as_pythons_without_source_and_messages(function):
    error = raised(function)
    printed = "".join(traceback.format_exception(error))
    expected = printed.replace(__file__, __name__.replace(".", "/") + ".py")
    expected = re.sub(r"(  File .*\n)(?:    .*\n)+", r"\1", expected)
    expected = re.sub(rf"(Error): '?{SECRET}'?\n", r"\1\n", expected)

    assert failure.stacktrace(error) == expected
    assert SECRET not in failure.stacktrace(error)


def test_a_file_is_named_by_its_module_wherever_it_is_installed():
    text = failure.stacktrace(raised(lambda: json.loads("{")))

    assert 'File "json/__init__.py", line' in text
    assert 'File "json/decoder.py", line' in text
    assert "/usr/" not in text


@pytest.mark.parametrize("filename", [f"ir.actions.server({SECRET},)", "<string>", f"/tmp/{SECRET}"])
def test_code_without_a_module_is_named_dynamic(filename):
    code = compile("def work():\n    1 / 0\nwork()", filename, "exec")
    text = failure.stacktrace(raised(lambda: exec(code, {"__name__": "odoo.somewhere"})))  # noqa: S102

    assert '  File "<dynamic>", line 2, in work\n' in text
    assert SECRET not in text
    text = failure.stacktrace(raised(lambda: exec(compile("1 / 0", "/x.py", "exec"), {})))  # noqa: S102
    assert '  File "<dynamic>", line 1, in <module>\n' in text


def test_of_many_frames_the_first_and_the_last_are_told():
    text = failure.stacktrace(raised(lambda: recurse(900)))

    assert len(text.splitlines()) == 1 + failure.MAX_OUTER + 1 + failure.MAX_INNER + 1
    # raised, the lambda, 901 of recurse, fail
    assert f"  [{904 - failure.MAX_OUTER - failure.MAX_INNER} frames]\n" in text
    assert text.splitlines()[-2].endswith("in fail")


def test_a_chain_that_bites_its_tail_ends():
    first, second = OwnError(), KeyError()
    first.__context__, second.__context__ = second, first

    assert list(failure.chain(first)) == [first, second]
    assert failure.stacktrace(first).count("Error\n") == 2


def test_a_long_chain_is_told_from_its_end():
    error = None
    for _ in range(20):
        error, previous = OwnError(), error
        error.__cause__ = previous

    assert len(list(failure.chain(error))) == failure.MAX_CHAIN


def test_a_stacktrace_is_cut_at_its_beginning():
    long = type("x" * 5000, (Exception,), {"__module__": "m"})
    error = long()
    error.__cause__ = long()
    error.__cause__.__cause__ = long()
    error.__cause__.__cause__.__cause__ = long()
    text = failure.stacktrace(error)

    assert len(text) <= failure.MAX_TEXT
    assert text.startswith("…")
    assert text.endswith("xx\n")
