"""No value of a statement leaves the process; its shape does.

The syntax of literals: https://www.postgresql.org/docs/current/sql-syntax-lexical.html#SQL-SYNTAX-CONSTANTS
"""

import json
import random
import subprocess
import sys
from pathlib import Path

import postgresql_lexer
import pytest
from odooops_otel.tools import statement

REPOSITORY = Path(__file__).parents[3]
VECTORS = json.loads((REPOSITORY / "tests/vectors/statements.json").read_text(encoding="utf-8"))["statements"]
SECRET = "s3cr3t"

# One literal each, as PostgreSQL reads it, with the secret in it.
LITERALS = {
    "string": "'s3cr3t'",
    "empty string before": "'', 's3cr3t'",
    "doubled quote": "'it''s s3cr3t'",
    "only quotes": "'''s3cr3t'''",
    "two lines": "'s3cr3t\n1'",
    "continued on the next line": "'s3cr3t'\n  's3cr3t'",
    "line comment inside": "'-- s3cr3t'",
    "block comment inside": "'/* s3cr3t'",
    "dollar quote inside": "'$$ s3cr3t'",
    "backslash": r"'C:\s3cr3t'",
    "two backslashes at the end": r"'s3cr3t\\'",
    "escapes": r"E's3cr3t\n'",
    "escaped quote": r"E'it\'s s3cr3t'",
    "escaped backslash before the end": r"E's3cr3t\\'",
    "escapes, lower case": r"e'\'s3cr3t'",
    "escapes, continued": "E'\\'s3cr3t'\n'\\'s3cr3t'",
    "unicode escapes": r"U&'\0441s3cr3t'",
    "unicode escapes, own escape sign": "u&'!0441s3cr3t' UESCAPE '!'",
    "national": "N's3cr3t'",
    "bits": "B's3cr3t'",
    "hexadecimal string": "X's3cr3t'",
    "dollar quotes": "$$s3cr3t$$",
    "dollar quotes with a tag": "$tag$it's s3cr3t$tag$",
    "tag with a digit": "$t1$it's s3cr3t$t1$",
    "tag beyond ASCII": "$тег$it's s3cr3t$тег$",
    "tags tell cases apart": "$A$ $a$ s3cr3t $A$",
    "dollar quotes in dollar quotes": "$a$ $b$ s3cr3t $b$ s3cr3t $a$",
    "dollar quotes over lines": "$$\ns3cr3t\n$$",
    "quote in dollar quotes": "$$'$$, 's3cr3t'",
    "typed": "date's3cr3t'",
    "typed, ending in a prefix": r"date'\\', 's3cr3t'",
    "cast": "'s3cr3t'::text",
    "interval": "INTERVAL 's3cr3t' DAY",
    "after a sign": "='s3cr3t'",
    "after a word": "LIKE's3cr3t'",
    "beside a name with a quote": "\"it's\", 's3cr3t'",
    "beside a name with a doubled quote": '"a""it\'s", \'s3cr3t\'',
    "beside a name like a comment": "\"--\", 's3cr3t'",
    "after a comment with a quote": "/* it's */ 's3cr3t'",
    "after a line with a quote": "-- it's\n's3cr3t'",
    "after a line that a carriage return ends": "-- it's\r's3cr3t'",
    "after nested comments with quotes": "/* it /* is */ 's */ 's3cr3t'",
    "after a name with dollars": "a$$, 's3cr3t'",
    "after a number with dollars": "1$$s3cr3t$$",
    "JSON text": """'{"key": "s3cr3t"}'::jsonb""",
    "JSON path": "data->'s3cr3t'->>'s3cr3t'",
    "JSON operators": "data ? 's3cr3t' AND data ?| array['s3cr3t'] AND data @> '\"s3cr3t\"'",
    "array": "ARRAY['s3cr3t', $$s3cr3t$$]",
    "array text": """'{"s3cr3t", "it''s"}'::text[]""",
    "list": "('s3cr3t', 's3cr3t', NULL)",
}
# Comments, and what is not closed: all the rest is withheld.
HIDING_PLACES = {
    "line comment": "1 -- s3cr3t",
    "block comment": "1 /* s3cr3t */",
    "nested comment": "1 /* a /* b */ s3cr3t */",
    "comment that is not closed": "1 /* s3cr3t",
    "nested comment that is not closed": "1 /* /* */ s3cr3t",
    "string that is not closed": "'s3cr3t",
    "escapes that are not closed": "E's3cr3t\\",
    "escaped quote as the end": "E's3cr3t\\'",
    "dollar quotes that are not closed": "$$s3cr3t",
    "tag that is not closed": "$tag$ s3cr3t $Tag$",
    "name that is not closed": '"s3cr3t',
    "standard_conforming_strings = on": r"'\' AND b = 's3cr3t'",
    "standard_conforming_strings = off": r"'\' s3cr3t'",
    "both readings": r"'\'' s3cr3t '' s3cr3t'",
}
NUMBERS = """
    42 -42 +42 4.2 .42 42. 4e2 4.2e-42 42E+42 0x42 0X4F 0o42 0b1010 4_2 4_200.42 0x_42 42::numeric 42abc
""".split()


@pytest.mark.parametrize("literal", LITERALS.values(), ids=LITERALS)
def test_a_literal_does_not_survive(literal):
    for query in (literal, f"SELECT {literal} FROM t WHERE a = 's3cr3t'", f"SELECT f({literal}), x.b"):
        assert SECRET not in str(statement.parse(query))


@pytest.mark.parametrize("end", HIDING_PLACES.values(), ids=HIDING_PLACES)
def test_what_may_be_a_value_or_a_comment_does_not_survive(end):
    for query in (end, f"SELECT {end}", f"SELECT f(a, {end}"):
        assert SECRET not in str(statement.parse(query))


@pytest.mark.parametrize("name", [name for name in LITERALS if name != "escapes, continued"])
def test_what_follows_a_literal_is_kept(name):
    assert statement.normalize(f"SELECT {LITERALS[name]} FROM partner").endswith(" FROM partner")


@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_does_not_survive(number):
    text = statement.normalize(
        f"SELECT a FROM t WHERE b={number} AND c IN ({number},{number}) LIMIT {number}"
    )

    assert not any(character.isdigit() for character in text)


@pytest.mark.parametrize(
    "query",
    [
        "SELECT t1.name2, x_4 FROM res_partner_2 t1",
        "SELECT %s, %(name)s, $1, $12 FROM t",
        'SELECT "42", "it\'s", "a""b", "-- no comment", "/* nor this */" FROM t',
        "SELECT a->%s, a#>>%s, a::int4, b-a, b/a, b%a FROM t",
        "SELECT naïve, имя FROM t",
        "SELECT a$b, e, x, b, n, u FROM t",
        "SELECT u&b, e - x, r.b, n FROM t",
    ],
)
def test_what_is_no_literal_is_kept(query):
    assert statement.normalize(query) == query


def test_white_space_is_folded():
    assert statement.normalize("\n  SELECT\ta,\n\n   b\r\n FROM t ;\n") == "SELECT a, b FROM t ;"


@pytest.mark.parametrize(
    "values",
    [
        "(%s, %s)",
        "( %s , %s )",
        "(1,2,3)",
        "('a', -1, NULL)",
        "(%s, %s), (%s, %s)",
        "(1, 'a'),(2, 'b')",
        "(1,'a'::text, DEFAULT)",
    ],
)
def test_lists_of_any_length_are_one_text(values):
    assert statement.normalize(f"INSERT INTO t VALUES {values}") == "INSERT INTO t VALUES (?, ...)"


def test_rows_of_one_value_are_one_text():
    assert statement.normalize("INSERT INTO t VALUES (1),(2) , (3)") == "INSERT INTO t VALUES (?, ...)"


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ('SAVEPOINT "f00d-cafe"', "SAVEPOINT ?"),
        ('RELEASE SAVEPOINT "f00d-cafe"', "RELEASE SAVEPOINT ?"),
        ('rollback to savepoint "f00d-cafe"', "rollback to savepoint ?"),
        ("SET LOCAL odoo.token = s3cr3t", "SET LOCAL odoo.token = ?"),
        ("set odoo.token=s3cr3t", "set odoo.token= ?"),
        ("SET SESSION odoo.token TO s3cr3t, more", "SET SESSION odoo.token TO ?"),
        ("SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE"),
    ],
)
def test_values_that_need_no_quotes_are_hidden(query, text):
    assert statement.normalize(query) == text


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: vector["text"][:40])
def test_what_odoo_sends_is_described(vector):
    parsed = statement.parse(vector["query"])

    assert parsed._asdict() == {key: vector[key] for key in ("operation", "table", "text")}
    assert not any(secret in str(parsed) + parsed.name for secret in (SECRET, "4711"))
    # The parts say the same as the whole.
    assert parsed == (
        statement.operation(vector["query"]),
        statement.table(vector["query"]),
        statement.normalize(vector["query"]),
    )


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ("select 1", "SELECT"),
        ('SELECT a FROM "res_partner"', "SELECT res_partner"),
        ('SELECT a FROM ONLY "public"."res_partner" p', "SELECT public.res_partner"),
        ("(SELECT a FROM t) UNION (SELECT a FROM u)", "SELECT t"),
        ("SELECT a FROM (SELECT b FROM inner_t) x", "SELECT inner_t"),
        ("SELECT extract(epoch FROM create_date) FROM t", "SELECT t"),
        ("SELECT trim ( both FROM a ), b IS DISTINCT FROM c FROM t", "SELECT t"),
        ("SELECT a FROM unnest(%s) x JOIN t ON true", "SELECT t"),
        ("SELECT a FROM pg_catalog.unnest(%s) x", "SELECT"),
        ("SELECT a FROM unnest (%s) x", "SELECT"),
        ("SELECT 'FROM s3cr3t' FROM t", "SELECT t"),
        ("SELECT /* FROM comment */ 'a' -- FROM comment\n FROM t", "SELECT t"),
        ("SELECT 1 FOR UPDATE NOWAIT", "SELECT"),
        ("-- comment\n/* more */ DELETE FROM t", "DELETE t"),
        ("INSERT INTO t(a) VALUES (1)", "INSERT t"),
        ("UPDATE ONLY t SET a = 1", "UPDATE t"),
        ("COPY t (a) FROM STDIN", "COPY t"),
        ("TRUNCATE t", "TRUNCATE t"),
        ("TRUNCATE TABLE t", "TRUNCATE t"),
        ("DROP TABLE IF EXISTS t CASCADE", "DROP t"),
        ("CREATE TABLE IF NOT EXISTS t (id int)", "CREATE t"),
        ("VACUUM", "VACUUM"),
        ("selected", "OTHER"),
        ("s3cr3t", "OTHER"),
        ("42", "OTHER"),
        ("", "OTHER"),
    ],
)
def test_a_span_is_named_after_operation_and_table(query, name):
    assert statement.parse(query).name == name


def test_the_table_is_found_behind_a_long_list_of_columns():
    columns = ", ".join(f'"res_partner"."field_{index}"' for index in range(150))

    assert statement.table(f'SELECT {columns} FROM "res_partner"') == "res_partner"


@pytest.mark.parametrize("rest", ["'s3cr3t", "E's3cr3t", "$$s3cr3t", '"s3cr3t', "$ 's3cr3t'", "$s3cr3t"])
def test_from_an_open_quote_or_a_lone_sign_on_all_is_one_value(rest):
    assert statement.normalize(f"SELECT a, {rest}, b FROM t") == "SELECT a, ?"


def test_only_the_beginning_of_a_long_statement_is_read():
    columns = "a, " * statement.MAX_READ

    assert statement.parse(f"SELECT {columns} b FROM t").name == "SELECT"


def test_a_long_text_is_cut_and_says_so():
    text = statement.normalize("SELECT " + ", ".join(["column_name"] * 1000))

    assert len(text) == statement.MAX_TEXT
    assert text.endswith("…")


def test_a_value_that_the_limit_of_reading_cuts_does_not_survive():
    for opening in ("'", "E'", "$$", "$tag$", "/*", '"', "--"):
        text = statement.normalize(f"SELECT {opening}{SECRET * statement.MAX_READ}")
        assert text.endswith("…")
        assert SECRET not in text


def test_nothing_planted_survives_random_statements():
    generator = random.Random(4)
    pieces = [
        *LITERALS.values(),
        "SELECT",
        "FROM t",
        ", ",
        "\n",
        "(",
        ")",
        "a$$",
        '"it\'s"',
        "-- it's\n",
        "%s",
        "$1",
        "1",
        "E",
        "-",
        "/",
        ".",
        "::int",
    ]
    for _ in range(3000):
        # Complete tokens with space between them, so that each literal is one.
        query = " ".join(generator.choices(pieces, k=generator.randint(1, 12)))
        assert SECRET not in str(statement.parse(query)), query


@pytest.mark.parametrize("is_conforming", [True, False], ids=["standard strings", "backslash escapes"])
def test_whatever_the_signs_nothing_is_shown_that_postgresql_takes_for_a_value(is_conforming):
    generator = random.Random(5)
    signs = [
        "'",
        "''",
        '"',
        "$$",
        "$a$",
        "\\",
        "--",
        "/*",
        "*/",
        "\n",
        "\r",
        "E",
        "U&",
        " ",
        "s3cr3t",
        "x",
        "1",
    ]
    for _ in range(10_000):
        query = "SELECT " + "".join(generator.choices(signs, k=generator.randint(1, 14)))
        tokens = postgresql_lexer.tokens(query, is_conforming=is_conforming)
        shown = sum(text.count(SECRET) for is_hidden, text in tokens if not is_hidden)
        assert statement.normalize(query).count(SECRET) <= shown, query


HOSTILE = [
    "/**/" * 250_000 + "1",
    "/*" * 500_000,
    "*/" * 500_000,
    "--\n" * 330_000,
    "(" * 1_000_000,
    " " * 1_000_000 + "1",
    "'" * 1_000_001,
    "\\" * 1_000_000,
    "E'" + "\\" * 999_999,
    "E'" + "a" * 1_000_000 + "\\",
    "$" * 1_000_000,
    "$a" * 500_000,
    '"' * 1_000_001,
    "a" * 1_000_000,
    "e" * 1_000_000 + "'",
    "1" * 1_000_000 + "$",
    "1e+" * 330_000,
    "." * 1_000_000,
    "(" + "?," * 500_000,
    "(" + "%s, " * 250_000,
    "(?)," * 250_000,
    "(?, ...), " * 100_000,
    "from " * 200_000,
    "from only " * 100_000,
    "extract(" * 125_000,
    "extract (" + "a " * 500_000,
    "from " + "a." * 500_000,
    "set " + "a" * 1_000_000,
    "set" + " " * 1_000_000,
    "rollback to" + " " * 1_000_000,
    "SELECT " + ", ".join(["'" + "x" * 50 + "'"] * 20_000),
]


def test_no_input_makes_the_expressions_run_away():
    """Each is a megabyte. Backtracking that is more than linear would take hours, not seconds."""
    program = (
        "import json, sys; sys.path.insert(0, sys.argv[1]); from tools import statement\n"
        "for query in json.load(sys.stdin): statement.parse(query); statement.operation(query)"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(REPOSITORY / "addons/odooops_otel")],
        input=json.dumps(HOSTILE),
        text=True,
        check=True,
        timeout=60,
    )
