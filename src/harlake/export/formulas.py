"""Texts that a spreadsheet would take for formulas, as SQL makes them texts again: by an apostrophe before them.

Spreadsheets compute a cell of a CSV that begins with ``=``, ``+``, ``-`` or ``@``. Some pass over white space and marks
before these, and take full-width forms for them (OWASP, "CSV Injection"). Negative numbers stay numbers.
"""

from __future__ import annotations

from typing import Final

#: RE2. Behind what is not seen (white space, controls, marks), a sign in any of its widths; or a control that some
#: spreadsheets take for the end of a cell.
_FORMULA: Final = (
    r"^(?:[\p{Z}\p{C}]*[=+\-@\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}\x{FE62}\x{FE63}\x{FE66}\x{FE6B}\x{2212}]|[\t\r\n])"
)
_NUMBER: Final = r"-[0-9]+(\.[0-9]+)?"

#: The first characters of nearly all texts, from ``/`` to ``z``: of these, none is looked at twice. To match each text
#: would take a fifth of what a CSV takes.
_PLAIN: Final = "unicode({0}) BETWEEN 47 AND 122 AND unicode({0}) NOT IN (61, 64)"

_QUOTED: Final = f"""
    CASE WHEN {_PLAIN} THEN {{0}}
        WHEN regexp_matches({{0}}, '{_FORMULA.replace("{", "{{").replace("}", "}}")}')
            AND NOT regexp_full_match({{0}}, '{_NUMBER}') THEN '''' || {{0}}
        ELSE {{0}} END
"""


def without_formulas(column: str) -> str:
    """Return the SQL of a column of texts, with an apostrophe before those that would be formulas."""
    return _QUOTED.format(f'"{column}"')
