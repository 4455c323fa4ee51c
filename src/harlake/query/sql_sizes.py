"""How long the values of an expression can get: what DuckDB holds of them is not in its memory limit.

Strategy: DuckDB computes an expression for 2,048 rows at a time, holds the results of all its functions so long, and
can be interrupted only before and after. So the bytes that the functions of a query make of a row are added up before
it runs; where that depends on numbers or patterns in the query, they have to be constants.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Final, NamedTuple

from harlake.errors import InvalidQueryError
from harlake.query.sql_functions import UNBOUNDED, FunctionGroup

#: Bytes of a number, or of the place of a text in a column or list.
VALUE_BYTES: Final = 16
#: Bytes of a text in a column: :data:`limits.MAX_TEXT_BYTES`, which names do not exceed either.
TEXT_BYTES: Final = 1_024
#: Bytes of a row's share of what the aggregates that keep all values can make: 64 MiB in 2,048 rows.
ALL_VALUES_BYTES: Final = 32_768

#: How often something may be repeated, or how long be filled up.
_MAX_COUNT: Final = 10_000
#: Bytes of the longest number as a text: 309 digits, and 99 of a width.
_FORMATTED_BYTES: Final = 412
#: Bytes of a regular expression, with its counted repeats written out.
_MAX_PATTERN: Final = 256
#: Steps of such a search that count as a byte: 2,048 rows of what a query may have take a second.
_SEARCH_STEPS: Final = 16
#: Bytes that finding every match counts as, for each byte of a text: 1,024 matches in 2,048 rows take 1 to 2 s.
_EVERY_MATCH: Final = 40
#: What a class of Unicode characters counts as: it is compiled into some hundred ranges of bytes.
_CLASS_BYTES: Final = 48

#: A counted repeat in a regular expression: whether of a group, least and most.
_REPEAT: Final = re.compile(r"(\)?)\{(\d{1,4})(?:,(\d{0,4}))?\}")

Node = dict[str, Any]


class Size(NamedTuple):
    """What an expression comes to at most.

    ``nodes``: its parts, with what names stand for in their place; ``bytes``: its value; ``work``: the values of all
    its functions together.
    """

    nodes: int
    bytes: int
    work: int


def constant(node: Node) -> int | str | None:
    """Return the value of a constant that is an integer or a text; None of any other expression."""
    if node["class"] == "CONSTANT":
        value = node["value"].get("value")
        return value if node["value"]["type"]["id"] in ("INTEGER", "BIGINT", "VARCHAR") else None
    if node["class"] == "FUNCTION" and node["function_name"] == "-" and len(node["children"]) == 1:
        value = constant(node["children"][0])
        return -value if isinstance(value, int) else None
    return None


def result_bytes(group: FunctionGroup, name: str, children: Sequence[Node], sizes: Sequence[Size]) -> int:
    """Return how long the result of a function can be. Raises InvalidQueryError where nothing says so."""
    lengths = [size.bytes for size in sizes]
    if group.longest is not None and max(lengths, default=0) > group.longest:
        raise InvalidQueryError(f"{name} takes values of at most {group.longest} bytes, and this may be longer")
    if name in _SPECIAL:
        return VALUE_BYTES + _SPECIAL[name](_Call(name, children, lengths))
    if group.growth == UNBOUNDED:
        return ALL_VALUES_BYTES
    return VALUE_BYTES + group.growth * sum(lengths)


def hidden_bytes(name: str, children: Sequence[Node], sizes: Sequence[Size]) -> int:
    """Return what a function does besides making its result: what it makes on the way, or how long it searches."""
    call = _Call(name, children, [size.bytes for size in sizes])
    if name == "split_part":
        return _split(call)
    if name not in _REGEXPS:
        return 0
    is_global = name != "regexp_replace" or "g" in call.text(3)
    every = _EVERY_MATCH if is_global and name not in _ONE_MATCH else 0
    return call.length(0) * (every + _pattern_cost(call.text(1)) // _SEARCH_STEPS)


def cast_bytes(cast_type: Node, length: int) -> int:
    """Return how long a value of a type can be that is made of one of so many bytes."""
    if cast_type["id"] in ("VARCHAR", "BLOB"):
        return 4 * length  # of a byte, \xAA
    if cast_type["id"] == "UNBOUND":
        return 6 * length  # of a character in JSON, \u0001
    if cast_type["id"] in ("LIST", "STRUCT", "MAP"):
        if length > TEXT_BYTES:
            raise InvalidQueryError(f"only values of at most {TEXT_BYTES} bytes can be cast to lists")
        return (1 + VALUE_BYTES) * length
    return VALUE_BYTES


class _Call(NamedTuple):
    """A function with its arguments, and how long each of them can be."""

    name: str
    children: Sequence[Node]
    lengths: Sequence[int]

    def text(self, number: int) -> str:
        """Return an argument that has to be a constant text; an empty one where there is none."""
        if number >= len(self.children):
            return ""
        value = constant(self.children[number])
        if not isinstance(value, str):
            raise InvalidQueryError(f"{self.name} takes a constant text as its argument {number + 1}")
        return value

    def count(self, number: int) -> int:
        """Return an argument that has to be a small constant number; 0 where there is none."""
        if number >= len(self.children):
            return 0
        value = constant(self.children[number])
        if not isinstance(value, int) or abs(value) > _MAX_COUNT:
            raise InvalidQueryError(f"{self.name} takes a constant up to {_MAX_COUNT} as its argument {number + 1}")
        return abs(value)

    def length(self, number: int) -> int:
        """Return how long an argument can be: a constant text as long as it is, without its place."""
        if number >= len(self.lengths):
            return 0
        value = constant(self.children[number])
        return len(value.encode()) if isinstance(value, str) else self.lengths[number]


def _repeated(call: _Call) -> int:
    return call.length(0) * call.count(1)


def _padded(call: _Call) -> int:
    return 4 * call.count(1) + sum(call.lengths)


def _series(call: _Call) -> int:
    for number in range(len(call.children)):
        if not isinstance(constant(call.children[number]), int) or len(call.children) > 2:
            raise InvalidQueryError(
                f"{call.name} takes one or two constant numbers here; FROM {call.name}(…) takes any"
            )
    return VALUE_BYTES * (call.count(0) + call.count(1))


def _replaced(call: _Call) -> int:
    old = constant(call.children[1]) if len(call.children) > 1 else None
    shortest = max(1, len(old)) if isinstance(old, str) else 1
    return call.length(0) * max(1, -(-call.length(2) // shortest))


def _matched(call: _Call) -> int:
    _check_pattern(call)
    return 0


def _extracted(call: _Call) -> int:
    _check_pattern(call)
    return call.length(0)


def _replaced_matches(call: _Call) -> int:
    _check_pattern(call)
    return call.length(0) * (1 + call.length(2))


def _split(call: _Call) -> int:
    separator = constant(call.children[1]) if len(call.children) > 1 else None
    length = len(separator) if isinstance(separator, str) else 0
    return call.length(0) * (1 + VALUE_BYTES // max(1, length))


def _matches_as_list(call: _Call) -> int:
    _check_pattern(call)
    return call.length(0) * (1 + VALUE_BYTES)


def _joined(call: _Call) -> int:
    separator = call.length(1) if call.name == "array_to_string" else call.length(0)
    total = sum(call.lengths)
    return total + (len(call.lengths) + total // VALUE_BYTES) * separator


def _formatted(call: _Call) -> int:
    template = call.text(0)
    if re.search(r"\*|\d{3}|\{[^}]*\{", template):
        raise InvalidQueryError(f"{call.name} takes widths of at most two digits")
    places = template.count("{") + template.count("%")
    return len(template) + places * (max(call.lengths[1:], default=0) + _FORMATTED_BYTES)


def _like(call: _Call) -> int:
    """Check a pattern: but for plain ones, of which LIKE makes a search, DuckDB tries all ways to match it."""
    pattern = call.text(1)
    if call.name.endswith("*") or "_" in pattern:
        searches = len(re.findall("%+(?!%|$)", pattern))
        if searches > 1:
            raise InvalidQueryError(
                "a pattern of ILIKE, or one with _, may have one % before other characters, and one at its end:"
                " regexp_matches(…, …, 'i') takes any"
            )
    return 0


def _json_part(call: _Call) -> int:
    path = constant(call.children[1]) if len(call.children) > 1 else None
    if len(call.children) > 1 and path is None:
        raise InvalidQueryError("a path in JSON has to be a constant text or number")
    if isinstance(path, str) and ("*" in path or ".." in path):
        raise InvalidQueryError("a path in JSON cannot have * or ..")
    return call.length(0) * (17 if call.name == "json_keys" else 1)


def _check_pattern(call: _Call) -> None:
    """Check a regular expression: where it makes too many states, RE2 takes its length times the text's."""
    if _pattern_cost(call.text(1)) > _MAX_PATTERN:
        raise InvalidQueryError(
            f"a regular expression may have {_MAX_PATTERN} bytes with its repeats written out; a class of Unicode"
            f" counts as {_CLASS_BYTES}"
        )


def _pattern_cost(pattern: str) -> int:
    """Return about how long a regular expression is with its repeats written out."""
    classes = len(re.findall(r"\\[pP]", pattern))
    plain = re.sub(r"\\[pP]\{[^}]*\}|\\x\{[^}]*\}", "", pattern)
    repeats = [
        (group, int(most or least)) for group, least, most in re.findall(r"(\)?)\{(\d{1,4})(?:,(\d{0,4}))?\}", plain)
    ]
    cost = len(pattern) + classes * _CLASS_BYTES
    for group, times in repeats:
        cost = cost * max(1, times) if group else cost + times * (_CLASS_BYTES if classes else 1)
    return cost


#: Functions that find one match of a regular expression.
_ONE_MATCH: Final = frozenset({"regexp_matches", "regexp_full_match", "regexp_extract"})
#: Functions whose second argument is a regular expression.
_REGEXPS: Final = frozenset(
    {
        "regexp_matches", "regexp_full_match", "regexp_extract", "regexp_extract_all", "regexp_replace",
        "regexp_split_to_array", "str_split_regex", "string_split_regex",
    }
)  # fmt: skip

_SPECIAL: Final[dict[str, Callable[[_Call], int]]] = {
    "repeat": _repeated,
    **dict.fromkeys(("lpad", "rpad"), _padded),
    **dict.fromkeys(("range", "generate_series"), _series),
    "replace": _replaced,
    **dict.fromkeys(("regexp_matches", "regexp_full_match"), _matched),
    "regexp_extract": _extracted,
    "regexp_replace": _replaced_matches,
    **dict.fromkeys(("split", "str_split", "string_split", "string_to_array"), _split),
    **dict.fromkeys(
        ("str_split_regex", "string_split_regex", "regexp_split_to_array", "regexp_extract_all"), _matches_as_list
    ),
    **dict.fromkeys(("array_to_string", "concat_ws"), _joined),
    **dict.fromkeys(("format", "printf"), _formatted),
    **dict.fromkeys(("~~", "!~~", "~~*", "!~~*"), _like),
    **dict.fromkeys(
        (
            "json_extract", "json_extract_string", "json_extract_path", "json_extract_path_text", "json_value",
            "json_exists", "json_array_length", "json_type", "json_keys", "->>", "json_each",
            "json_tree",
        ),
        _json_part,
    ),
}  # fmt: skip
