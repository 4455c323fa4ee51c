"""Folded URLs, in SQL: templates of URLs, without what differs from one request to the next of the same endpoint.

A *folded* URL has ``{id}`` for each segment of the path, and each name of a parameter, that looks like an identifier;
the names of its parameters are sorted, each once, with ``*`` for the values; it has no fragment, and a ``data:`` URL no
data: ``https://a.test/users/17?page=2&a=1#top`` becomes ``https://a.test/users/{id}?a=*&page=*``.
"""

from __future__ import annotations

from typing import Final

#: An identifier: a number, 8 or more hexadecimal digits, a UUID, or a token; a file name's extension may
#: follow.
_SHORT_ID: Final = r"^(?:[0-9]+|[0-9a-fA-F]{8,})(\.[A-Za-z0-9]{1,5})?$"

#: Tokens have a digit among them, and at least so many characters; base64's and UUIDs are such.
_TOKEN_LENGTH: Final = 20
_LONG_ID: Final = r"^(?:[0-9a-fA-F]{8,}|[A-Za-z_~-]*[0-9][A-Za-z0-9_~-]*={0,2})(\.[A-Za-z0-9]{1,5})?$"


def _without_id(text: str) -> str:
    """SQL for a segment or a name in a URL, ``{id}`` if it is an identifier."""
    short, long = (rf"regexp_replace({text}, '{pattern}', '{{id}}\1')" for pattern in (_SHORT_ID, _LONG_ID))
    other = f"strlen({text}) < 8 AND NOT {text} BETWEEN '0' AND ':'"  # most need no regular expression
    return f"CASE WHEN {other} THEN {text} WHEN strlen({text}) < {_TOKEN_LENGTH} THEN {short} ELSE {long} END"


#: The folded form of the URL ``url``.
FOLDED_URL: Final = f"""
    CASE WHEN url LIKE 'data:%' THEN split_part(url, ',', 1) || ',' ELSE
        array_to_string(list_transform(string_split(split_part(split_part(url, '#', 1), '?', 1), '/'),
            lambda segment, number: CASE WHEN number > 3 THEN {_without_id("segment")} ELSE segment END), '/')
        || CASE WHEN contains(split_part(url, '#', 1), '?') THEN
            '?' || array_to_string(list_sort(list_distinct(list_transform(
                list_filter(string_split(substr(split_part(url, '#', 1), instr(url, '?') + 1), '&'),
                    lambda pair: pair <> ''),
                lambda pair: {_without_id("split_part(pair, '=', 1)")} || '=*'))), '&')
            ELSE '' END
    END
"""
