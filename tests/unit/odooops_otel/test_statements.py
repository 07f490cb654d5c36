"""A record's statements, in Python and compiled: what the one does, the other does."""

import gc
import random
import sys
import weakref

import odooops_native
import pytest
from odooops_otel.tools import statements as in_python

BOUNDS = (0.001, 0.01, 0.1)
IMPLEMENTATIONS = {
    "python": (in_python.Statements, in_python.Sums),
    "compiled": (odooops_native.Statements, odooops_native.Sums),
}


@pytest.fixture(params=IMPLEMENTATIONS)
def implementation(request):
    return IMPLEMENTATIONS[request.param]


@pytest.fixture
def make(implementation):
    return implementation[0]


@pytest.fixture
def group(implementation):
    def taken(statements, bounds):
        sums = implementation[1](bounds)
        sums.add(statements)
        return [tuple(each) for each in sums.take()]

    return taken


def test_the_hook_notes_text_beginning_and_duration(make):
    statements = make()
    statements.note("cursor", "SELECT 1", None, 10.0, 0.5)
    statements.note("cursor", "SELECT 2", (1,), 11, 0)

    assert list(statements) == [("SELECT 1", 10.0, 0.5), ("SELECT 2", 11.0, 0.0)]
    assert len(statements) == 2


def test_a_list_is_made_of_others(make):
    assert list(make([("a", 1.0, 2.0)])) == [("a", 1.0, 2.0)]
    assert list(make(make([("a", 1.0, 2.0)]))) == [("a", 1.0, 2.0)]


@pytest.mark.parametrize("wrong", [[("a", 1.0)], [("a", "b", 1.0)], ["abc"], 7])
def test_what_is_no_statement_is_not_one(wrong):
    with pytest.raises(TypeError):
        odooops_native.Statements(wrong)


def test_a_part_of_them_is_taken_and_deleted(make):
    statements = make([(text, 0.0, 1.0) for text in "abcde"])
    taken = [text for text, _start, _delay in statements[3:]]
    del statements[1:3]

    assert taken == ["d", "e"]
    assert [text for text, _start, _delay in statements] == ["a", "d", "e"]
    assert statements[-1] == ("e", 0.0, 1.0)
    statements.clear()
    assert list(statements) == []
    with pytest.raises(IndexError):
        statements[0]


def test_thousands_are_kept(make):
    statements = make()
    for number in range(10_000):
        statements.note(None, f"SELECT {number}", None, float(number), 0.0)

    assert statements[9_999] == ("SELECT 9999", 9999.0, 0.0)
    del statements[2_500:7_500]
    assert statements[2_500][0] == "SELECT 7500"


@pytest.mark.parametrize(
    ("start", "delay", "is_looked_at"),
    [(10.0, 0.5, False), (99.5, 0.5, True), (100.0, 0.0, True), (10.0, 2.0, True), (10.0, 1.9, False)],
)
def test_what_ends_late_or_takes_long_is_looked_at(make, start, delay, is_looked_at):
    looked, statements = [], make()
    statements.look, statements.next_look, statements.slow_after = (
        (lambda *told: looked.append(told)),
        100.0,
        2.0,
    )
    statements.note("cursor", "SELECT 1", None, start, delay)

    assert looked == ([("cursor", "SELECT 1", start, delay)] if is_looked_at else [])


def test_nobody_looks_unless_told(make):
    statements = make()
    statements.note(None, "SELECT 1", None, 1e12, 1e12)
    statements.next_look, statements.look = 0.0, None
    statements.note(None, "SELECT 1", None, 1.0, 1.0)

    assert len(statements) == 2


def test_a_compiled_hook_raises_nothing_into_a_request(monkeypatch):
    told = []
    monkeypatch.setattr("sys.unraisablehook", lambda problem: told.append(problem.exc_type))
    statements = odooops_native.Statements()
    statements.note(None, "SELECT 1", None, "no time", 0.0)
    statements.look, statements.next_look = (lambda *told: 1 / 0), 0.0
    statements.note(None, "SELECT 1", None, 1.0, 0.0)

    assert told == [TypeError, ZeroDivisionError]


def test_what_is_long_or_no_text_is_replaced(make):
    statements = make([("short", 1.0, 2.0), ("x" * 11, 3.0, 4.0), (b"bytes", 5.0, 6.0)])
    statements.shorten(10, lambda text: str(text[:3]))

    assert list(statements) == [("short", 1.0, 2.0), ("xxx", 3.0, 4.0), (str(b"byt"), 5.0, 6.0)]


def test_statements_may_come_while_texts_are_shortened(make):
    statements = make([("x" * 11, 1.0, 2.0)] * 3)

    def shorten(text):
        for _ in range(100):
            statements.append(("later", 9.0, 9.0))
        return "x"

    statements.shorten(10, shorten)

    assert [text for text, _start, _delay in statements] == ["x"] * 3 + ["later"] * 300


@pytest.mark.parametrize("length", [1, 15, 16, 17, 1999])
def test_equal_texts_become_one_object(make, length):
    texts = ["".join(("x" * (length - 1), "é")) for _ in range(3)]
    assert texts[0] is not texts[1]
    statements, known = make([(text, 1.0, 2.0) for text in texts]), {}
    statements.share(known, 2000)
    found = [text for text, _start, _delay in statements]

    assert found == texts
    assert len({id(text) for text in found}) == 1


def one_of(text):
    """The object that is held for a text."""
    statements = odooops_native.Statements([(text, 1.0, 2.0)])
    statements.share({}, 2000)
    return statements[0][0]


def test_texts_that_do_not_come_again_are_not_held():
    """Ten thousand with values in them: those that come often stay one object."""
    often = one_of("SELECT often")
    for number in range(10_000):
        one_of(f"SELECT {number}")
        assert one_of("".join(("SELECT ", "often"))) is often


def test_a_compiled_hook_reads_no_text():
    """That is left to whoever counts."""
    statements, text = odooops_native.Statements(), "".join(("SELECT ", "read later"))
    one_of("SELECT read later")

    statements.note(None, text, None, 1.0, 2.0)
    assert statements[0][0] is text

    odooops_native.Sums(BOUNDS).add(statements)
    assert statements[0][0] is not text


def test_what_comes_while_others_are_one_object_becomes_one_as_well():
    texts = [f"SELECT {number % 3}" for number in range(12)]
    statements = odooops_native.Statements((text, 1.0, 2.0) for text in texts)
    for _ in range(2):
        statements.shorten(2000, str)
        del statements[2:5]
        statements.append(("".join(("SELECT ", "0")), 1.0, 2.0))
        part = statements[4:]
        for each in (statements, part):
            each.share({}, 2000)
            assert len({id(text) for text, _start, _delay in each}) == 3


def test_the_size_of_texts_is_their_characters(make):
    assert make([("ab", 1.0, 2.0), ("cdé", 1.0, 2.0)]).text_size() == 5
    assert make().text_size() == 0


def test_statements_are_put_together_by_text(make, group):
    sent = [("b", 1.0, 0.005), ("a", 2.0, 0.5), ("b", 3.0, 0.001), ("b", 4.0, 0.002)]
    found = group(make(sent), BOUNDS)

    assert found == [
        ("b", 3, 0.005 + 0.001 + 0.002, 1.0, 4.002, ((0, 1), (1, 2))),
        ("a", 1, 0.5, 2.0, 2.5, ((3, 1),)),
    ]


def test_texts_that_are_equal_but_not_the_same_object_are_one(make, group):
    [found] = group(make([("".join(("x", "y")), 1.0, 0.0) for _ in range(5)]), BOUNDS)

    assert found[:2] == ("xy", 5)


def test_a_clock_that_was_set_back_takes_no_time(make, group):
    [found] = group(make([("a", 5.0, -3.0)]), BOUNDS)

    assert found == ("a", 1, 0.0, 5.0, 5.0, ((0, 1),))


def test_nothing_is_nothing(make, group):
    assert group(make(), BOUNDS) == []
    assert group([], BOUNDS) == []


def test_a_list_of_python_s_is_grouped_as_well(group):
    assert [each[:2] for each in group([("a", 1.0, 2.0), ("a", 1.0, 2.0)], BOUNDS)] == [("a", 2)]


def test_sums_go_on_until_they_are_taken(make, implementation):
    sums = implementation[1](BOUNDS)

    assert sums.add(make([("a", 2.0, 0.5), ("b", 3.0, 0.25)])) == 0.75
    assert sums.add(make([("a", 1.0, 0.5)])) == 0.5
    assert [tuple(each)[:5] for each in sums.take()] == [("a", 2, 1.0, 1.0, 2.5), ("b", 1, 0.25, 3.0, 3.25)]
    assert sums.take() == []


def test_texts_of_one_shape_are_one_in_a_tally(make, implementation):
    sums = implementation[1](())
    sums.add(make([("a", 1.0, 0.5), ("b", 0.5, 0.25), ("A", 3.0, 2.0), ("b", 2.0, 0.5)]))
    read = []

    def upper(text):
        read.append(text)
        return text.upper()

    assert sums.tally({"A": "A"}, upper) == {"A": [2, 2.5, 1.0, 5.0], "B": [2, 0.75, 0.5, 2.5]}
    assert read == ["a", "b"]
    assert sums.tally({}, upper) == {}


def test_a_tally_that_cannot_be_made_counts_nothing_twice(make, implementation):
    sums = implementation[1](())
    sums.add(make([("a", 1.0, 0.5)]))

    with pytest.raises(ZeroDivisionError):
        sums.tally({}, lambda text: 1 / 0)
    assert sums.take() == []


@pytest.mark.parametrize("seed", range(20))
def test_both_find_the_same(seed):
    chance = random.Random(seed)
    texts = [f"SELECT {number} FROM t_{chance.random()}" for number in range(chance.choice([1, 5, 200]))]
    sent = [
        (chance.choice(texts), chance.random() * 1e9, chance.choice([0.0, 0.001, 0.01, chance.random()]))
        for _ in range(chance.choice([1, 15, 16, 17, 1000]))
    ]
    compiled, other = odooops_native.Sums(BOUNDS), in_python.Sums(BOUNDS)

    assert compiled.add(odooops_native.Statements(sent)) == other.add(sent)
    assert compiled.take() == [tuple(each) for each in other.take()]
    for sums in (compiled, other):
        sums.add(odooops_native.Statements(sent))
    tables = {text: text.split(".")[0][-1] for text in texts}
    assert compiled.tally(tables, None) == other.tally(tables, None)


@pytest.mark.parametrize("wrong", [[0.1], ("x",), 7])
def test_bounds_are_a_tuple_of_numbers(wrong):
    with pytest.raises(TypeError):
        odooops_native.Sums(wrong)


def test_what_is_no_text_is_not_put_together():
    with pytest.raises(TypeError, match="shortened"):
        odooops_native.Sums(BOUNDS).add([(b"a", 1.0, 1.0)])


def test_what_was_shortened_is_one_object_as_well():
    statements = odooops_native.Statements([(b"bytes", 1.0, 2.0)] * 3)
    statements.share({}, 2000)
    statements.shorten(10, lambda text: text.decode())

    assert len({id(text) for text, _start, _delay in statements}) == 1


def test_five_hundred_texts_in_turn_are_few_objects():
    texts = [f"SELECT {number} FROM in_turn" for number in range(500)]
    found = {id(one_of(text)) for _ in range(20) for text in texts}

    assert len(found) < 1000


def test_a_part_of_statements_is_statements(make):
    part = make([(b"bytes", 1.0, 2.0)] * 3)[1:]
    part.shorten(10, lambda text: text.decode())

    assert list(part) == [("bytes", 1.0, 2.0)] * 2


@pytest.mark.parametrize("part", ["list", "cut", "sums", "spans", "shortened"])
def test_nothing_compiled_holds_a_text_for_longer_than_it_is_there(part):
    """Too long to be held by itself."""
    text = "x" * 3000
    before = sys.getrefcount(text)
    statements = odooops_native.Statements([(text, 1.0, 2.0)] * 5)
    if part == "cut":
        del statements[1:3]
        statements.clear()
        assert sys.getrefcount(text) == before
    elif part == "sums":
        sums = odooops_native.Sums(BOUNDS)
        sums.add(statements)
        sums.take()
        sums.add(statements)
        del sums
    elif part == "spans":
        odooops_native.encode_children(statements, {text: (b"", b"", b"")}, None, b"", b"", bytes(40))
        assert sys.getrefcount(statements) == 2
    elif part == "shortened":
        statements.shorten(10, lambda text: text[:5])
        assert sys.getrefcount(text) == before
    del statements

    assert sys.getrefcount(text) == before


def test_statements_and_who_looks_at_them_may_hold_each_other():
    class Record:
        def look(self, *told):
            """Looks at nothing."""

    record = Record()
    record.statements = odooops_native.Statements()
    record.statements.look = record.look
    gone = weakref.ref(record)
    del record
    gc.collect()

    assert gone() is None


def test_a_finalizer_that_counts_while_sums_are_told_does_no_harm():
    """What allocates may run the collector, and that whatever somebody has left to be done at the end of an object."""
    sums = odooops_native.Sums(BOUNDS)

    class Left:
        def __del__(self):
            sums.add([(f"left {number}", 1.0, 2.0) for number in range(100)])
            sums.take()

    threshold = gc.get_threshold()
    try:
        for _ in range(20):
            sums.add([(f"text {number}", 1.0, 2.0) for number in range(100)])
            left = Left()
            left.cycle = left
            del left
            gc.set_threshold(1)
            found = sums.take()
            gc.set_threshold(*threshold)
            assert all(len(each) == 6 for each in found)
    finally:
        gc.set_threshold(*threshold)
