"""Folded URLs in Python, as the SQL of :mod:`harlake.analysis.url_templates` makes them."""

from __future__ import annotations

import re

_SHORT = re.compile(r"(?:[0-9]+|[0-9a-fA-F]{8,})(\.[A-Za-z0-9]{1,5})?")
_LONG = re.compile(r"(?:[0-9a-fA-F]{8,}|[A-Za-z_~-]*[0-9][A-Za-z0-9_~-]*={0,2})(\.[A-Za-z0-9]{1,5})?")


def _without_id(text: str) -> str:
    match = (_LONG if len(text.encode()) >= 20 else _SHORT).fullmatch(text)
    return "{id}" + (match[1] or "") if match else text


def folded(url: str) -> str:
    """Return the folded form of a URL."""
    if url.startswith("data:"):
        return url.partition(",")[0] + ","
    path, mark, query = url.partition("#")[0].partition("?")
    parts = path.split("/")
    path = "/".join([*parts[:3], *map(_without_id, parts[3:])])
    names = {_without_id(pair.partition("=")[0]) + "=*" for pair in query.split("&") if pair}
    return path + mark + "&".join(sorted(names, key=str.encode))
