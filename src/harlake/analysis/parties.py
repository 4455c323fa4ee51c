"""Whose a host is: the domain that somebody has registered, as far as names tell without a list of all suffixes."""

from __future__ import annotations

import re
from typing import Final

#: What registries of countries have before the country, as in ``bbc.co.uk``.
_SECOND_LEVEL: Final = frozenset(
    (
        "ac",
        "co",
        "com",
        "edu",
        "gob",
        "gov",
        "gouv",
        "go",
        "gv",
        "ltd",
        "me",
        "mil",
        "ne",
        "net",
        "nom",
        "or",
        "org",
        "plc",
    )
)
_ADDRESS: Final = re.compile(r"\[.*\]|[0-9.]+")


def registrable_domain(host: str) -> str:
    """Return the registered domain of a host: ``example.co.uk`` of ``www.example.co.uk``; an address as it is."""
    labels = host.rstrip(".").split(".")
    if len(labels) < 3 or _ADDRESS.fullmatch(host):
        return host
    is_below_country = len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if is_below_country else -2 :])
