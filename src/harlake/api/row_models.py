"""The JSON of what a table of entries needs: rows by number, and what stands around them."""

from __future__ import annotations

from typing import Any

import msgspec


class RowWindowAnswer(msgspec.Struct, omit_defaults=True):
    """Rows from number ``start`` on: of each field the values, in the order of the rows. ``total`` counts all rows.

    ``truncated`` has of each row the fields that are only the beginning of what was captured, and is absent where
    there are none.
    """

    start: int
    total: int
    columns: dict[str, list[Any]]
    truncated: list[list[str] | None] | None = None
    warnings: list[str] = []


class TimelineAnswer(msgspec.Struct, rename={"first": "from", "last": "to"}):
    """How many entries started in each of ``bins`` equal parts of the time from the first to the last of them.

    ``counts`` are by class of status: `1xx` to `5xx`, and `failed` for all others. ``undated`` are those that do not
    say when they started.
    """

    first: str | None
    last: str | None
    bins: int
    counts: dict[str, list[int]]
    undated: int


class FacetValueAnswer(msgspec.Struct):
    """A value, as its filter takes it, and how many entries have it; null is none."""

    value: str | None
    count: int


class FacetsAnswer(msgspec.Struct):
    """The most frequent values of each facet, and how many there are: ``statuses``, ``types`` and so on.

    ``failed`` is how many of the entries have failed.
    """

    total: int
    failed: int
    status: list[FacetValueAnswer]
    type: list[FacetValueAnswer]
    method: list[FacetValueAnswer]
    host: list[FacetValueAnswer]
    page: list[FacetValueAnswer]
    statuses: int
    types: int
    methods: int
    hosts: int
    pages: int


class FailuresAnswer(msgspec.Struct):
    """Where failures are: rows in ``blocks`` of about the same length, how many each has, and how many have failed."""

    total: int
    blocks: int
    totals: list[int]
    failed: list[int]
