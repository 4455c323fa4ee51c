"""Secrets in texts of columns, CSV and the like: of columns whose heading says so."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from harlake.har.redact.candidates import hidden, is_secret
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.json_strings import Edit
from harlake.har.redact.named_values import likelihood_of
from harlake.har.redact.names import Likelihood

_HEADING: Final = re.compile(rb"[^\r\n]{1,4096}")
_NAME: Final = re.compile(rb'\s*"?[\w .$-]{1,64}"?\s*')


def column_edits(context: Context, text: bytes, *, is_table: bool) -> Iterator[Edit]:
    """Yield the edits of values in columns; unless ``is_table``, a heading must consist of names only."""
    heading = _HEADING.match(text)
    separator = max((b",", b"\t", b";"), key=(heading[0] if heading else b"").count)
    if heading is None or separator not in heading[0]:
        return
    names = heading[0].split(separator)
    if not is_table and not all(_NAME.fullmatch(name) for name in names):
        return
    columns = {number: name.strip().strip(b'"').decode("ascii", "replace") for number, name in enumerate(names)}
    secret = {number: name for number, name in columns.items() if likelihood_of(context, name) is not Likelihood.NO}
    if not secret:
        return
    field = re.compile(
        rb'[^\S\r\n\t]*(?:"(?P<quoted>(?:[^"]|"")*)"|(?P<bare>[^%b\r\n]*))(?P<end>%b|\r?\n|\Z)' % (separator, separator)
    )
    number, at = 0, heading.end()
    at += 2 if text[at : at + 2] == b"\r\n" else 1
    while at < len(text) and (match := field.match(text, at)):
        group = "bare" if match["quoted"] is None else "quoted"
        name = secret.get(number)
        if name is not None and is_secret(context, name, likelihood_of(context, name), match[group], Flavour.TEXT):
            yield match.start(group), match.end(group), hidden(context, name, match[group], Flavour.TEXT)
        number = number + 1 if match["end"] == separator else 0
        at = max(match.end(), at + 1)
