"""Reads YAML into plain values, and keeps where each of them stands.

What is read is the part of YAML that JSON can also say, with the types of YAML 1.2's core schema
(https://yaml.org/spec/1.2.2/#103-core-schema): ``yes`` and ``010`` are what they look like. Tags, merge keys and
further documents are refused; so is a key that is there twice. Aliases are followed within limits, so that a small
text cannot become a large document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import yaml

from .problems import ConfigurationError, Problem, dotted

MAX_CHARACTERS = 512 * 1024
MAX_VALUES = 20_000
MAX_DEPTH = 12
# That no entry is there twice takes the square of their number to find out, when they are of several types.
MAX_ITEMS = 1000
MAX_DIGITS = 30

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """The values of a text, and the line and column (from 1) of each value and of each key, by path."""

    data: Any
    values: dict[Path, tuple[int, int]]
    keys: dict[Path, tuple[int, int]]
    mappings: frozenset[Path]

    def problem(self, path: Path, message: str, *, at_key: bool = False) -> Problem:
        """A problem at the value, or the key, of ``path``; at what is around it when there is none.

        A mapping begins where its first key does: what is wrong with it is told at its own key all the same.
        """
        at_key = at_key or path in self.mappings
        places = [self.keys, self.values] if at_key else [self.values, self.keys]
        for length in range(len(path), -1, -1):
            for place in places:
                if path[:length] in place:
                    return Problem(*place[path[:length]], dotted(path), message)
        return Problem(0, 0, dotted(path), message)


def parse(text: str) -> Document:
    """The document that ``text`` holds. Raises ConfigurationError with line and column of what cannot be read."""
    text = text.removeprefix("\ufeff")
    if len(text) > MAX_CHARACTERS:
        message = f"the text has {len(text):,} characters; at most {MAX_CHARACTERS:,} are read"
        raise ConfigurationError([Problem(0, 0, "", message)])
    root = _compose(text)
    if root is None:
        raise ConfigurationError([Problem(1, 1, "", 'the text is empty: begin it with "version: 1"')])
    reader = _Reader()
    data = reader.read(root, ())
    if reader.problems:
        raise ConfigurationError(reader.problems)
    return Document(data, reader.values, reader.keys, frozenset(reader.mappings))


# Tag, pattern, first characters. Of numbers only those that JSON knows: .inf and .nan are texts.
CORE_SCHEMA = tuple(
    (f"tag:yaml.org,2002:{kind}", re.compile(rf"(?:{pattern})\Z"), first)
    for kind, pattern, first in (
        ("bool", r"true|True|TRUE|false|False|FALSE", list("tTfF")),
        ("null", r"~|null|Null|NULL|", ["~", "n", "N", ""]),
        ("int", r"[-+]?[0-9]+", list("-+0123456789")),
        ("float", r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?", list("-+0123456789.")),
        ("merge", r"<<", ["<"]),
    )
)


class _Loader(yaml.SafeLoader):
    """Only the types of YAML 1.2's core schema."""

    yaml_implicit_resolvers = {}


for _tag, _pattern, _first in CORE_SCHEMA:
    _Loader.add_implicit_resolver(_tag, _pattern, _first)


def _compose(text: str) -> yaml.Node | None:
    """The tree of nodes. What is not read is refused before it is built: events need no recursion, a tree does."""
    try:
        _check_events(text)
        return yaml.compose(text, _Loader)
    except yaml.reader.ReaderError as error:
        raise ConfigurationError([_unreadable(text, error)]) from None
    except yaml.MarkedYAMLError as error:
        raise ConfigurationError([_explain(error)]) from None


def _check_events(text: str) -> None:
    depth = documents = 0
    for event in yaml.parse(text, _Loader):
        documents += isinstance(event, yaml.DocumentStartEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if message := _refusal(event, depth, documents):
            raise ConfigurationError([_at(event.start_mark, message)])


def _refusal(event: yaml.Event, depth: int, documents: int) -> str:
    if documents > 1:
        return 'a second document begins: remove the line "---"'
    if depth > MAX_DEPTH:
        return f"nested more than {MAX_DEPTH} levels deep"
    tag = getattr(event, "tag", None)
    # "!" alone says: a text.
    return f"tags are not read: remove {tag}" if tag not in (None, "!") else ""


def _explain(error: yaml.MarkedYAMLError) -> Problem:
    problem, context = error.problem or "", error.context or ""
    # What is opened and not closed is looked for where it was opened, not at the end of the text.
    is_open = context.startswith(("while parsing a flow", "while scanning a quoted"))
    mark = error.context_mark if is_open and error.context_mark else error.problem_mark or error.context_mark
    for part, explanation in _EXPLANATIONS:
        if part in problem or part in context:
            return _at(mark, explanation)
    return _at(mark, f"no YAML: {problem}" + (f" ({context})" if context else ""))


_EXPLANATIONS = (
    ("character '\\t'", "a tab: indent with spaces"),
    (
        "mapping values are not allowed here",
        'a ":" that no key can have here: put the text in quotes, or see whether the line above lacks one',
    ),
    ("could not find expected ':'", 'a ":" is missing after the key'),
    ("found unexpected end of stream", "a quote is opened here and not closed"),
    ("undefined alias", "an alias without its anchor: there is no & of that name above"),
    ("but found '<block mapping start>'", "wrong indentation: it fits to nothing above"),
    ("but found '<block sequence start>'", "wrong indentation: it fits to nothing above"),
    ("while scanning an alias", "a * begins an alias: put a text that begins with it in quotes"),
    ("while scanning an anchor", "an & begins an anchor: put a text that begins with it in quotes"),
    ("while parsing a flow sequence", "a [ is opened and not closed, or a comma is missing"),
    ("while parsing a flow mapping", "a { is opened and not closed, or a comma is missing"),
    ("while parsing a flow node", "the text ends here: a [ or a { is not closed"),
    ("cannot start any token", "a text that begins with this character has to be in quotes"),
    (
        "unknown escape character",
        "in double quotes a backslash begins an escape: write two, or use single quotes",
    ),
)


def _unreadable(text: str, error: yaml.reader.ReaderError) -> Problem:
    before = text[: error.position]
    line = before.count("\n") + 1
    column = len(before) - before.rfind("\n")
    return Problem(line, column, "", f"the character U+{error.character:04X} is not allowed in YAML")


def _at(mark: yaml.Mark, message: str, path: str = "") -> Problem:
    return Problem(mark.line + 1, mark.column + 1, path, message)


class _Reader:
    """Makes plain values of a tree of nodes, and notes their places."""

    def __init__(self):
        self.values: dict[Path, tuple[int, int]] = {}
        self.keys: dict[Path, tuple[int, int]] = {}
        self.mappings: set[Path] = set()
        self.problems: list[Problem] = []
        self.count = 0

    def read(self, node: yaml.Node, path: Path) -> Any:
        self.count += 1
        # An alias that holds itself has no end: it is too deep first.
        if self.count > MAX_VALUES or len(path) > MAX_DEPTH:
            message = (
                f"more than {MAX_VALUES:,} values or {MAX_DEPTH} levels when every alias (*) is written out"
            )
            raise ConfigurationError([Problem(0, 0, "", message)])
        self.values[path] = _place(node)
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            if len(node.value) > MAX_ITEMS:
                message = f"a list of more than {MAX_ITEMS:,} entries"
                raise ConfigurationError([_at(node.start_mark, message, dotted(path))])
            return [self.read(child, (*path, index)) for index, child in enumerate(node.value)]
        return self._scalar(node, path)

    def _mapping(self, node: yaml.MappingNode, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        self.mappings.add(path)
        for key_node, value_node in node.value:
            if message := self._key_problem(key_node, found, path):
                self.problems.append(_at(key_node.start_mark, message, dotted(path)))
                continue
            key = key_node.value
            self.keys[(*path, key)] = _place(key_node)
            found[key] = self.read(value_node, (*path, key))
        return found

    def _key_problem(self, node: yaml.Node, found: dict[str, Any], path: Path) -> str:
        if node.tag == "tag:yaml.org,2002:merge":
            return "merge keys (<<) are not read: write the keys themselves"
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str":
            return "a key is a text: put it in quotes"
        if node.value in found:
            line, column = self.keys[(*path, node.value)]
            return f'the key "{node.value}" is already at line {line}, column {column}'
        return ""

    def _scalar(self, node: yaml.ScalarNode, path: Path) -> Any:
        kind, text = node.tag.rpartition(":")[2], node.value
        if kind in ("int", "float") and len(text) > MAX_DIGITS:
            self.problems.append(
                _at(node.start_mark, f"a number of more than {MAX_DIGITS} digits", dotted(path))
            )
            return 0
        return _SCALARS.get(kind, str)(text)


_SCALARS = {
    "bool": lambda text: text.lower() == "true",
    "null": lambda text: None,
    "int": int,
    "float": float,
}


def _place(node: yaml.Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
