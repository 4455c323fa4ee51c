"""The JSON body that asks for an export of selected entries; field names as they are on the wire."""

from __future__ import annotations

from typing import Any

import msgspec


class ExportRequest(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """Entries to export: those that are in the session, have one of the ids, and pass the filter, as far as given.

    The other members are the parameters of a session's export.
    """

    session_id: str | None = None
    entry_ids: list[str] | None = None
    filter: dict[str, str | list[str]] = {}
    session_name: str | None = None
    format: str | None = None
    order: str | None = None
    bodies: str | bool | None = None
    fill: bool | None = None
    max_part: str | int | None = None
    csv_raw: bool | None = None
    content: str | None = None
    redact: str | dict[str, Any] | None = None
    dry_run: bool | None = None
    #: The same three by their names in query strings.
    dry_run_: bool | None = msgspec.field(name="dry_run", default=None)
    csv_raw_: bool | None = msgspec.field(name="csv_raw", default=None)
    max_part_: str | int | None = msgspec.field(name="max_part", default=None)

    def filter_values(self) -> list[tuple[str, str]]:
        """Return the filter's names and values, as a query string would have them."""
        return [
            (name, value)
            for name, values in self.filter.items()
            for value in ([values] if isinstance(values, str) else values)
        ]

    def option_parameters(self) -> dict[str, str]:
        """Return the options' parameters, as a query string would have them."""
        given = {
            "format": self.format,
            "order": self.order,
            "content": self.content,
            "redact": self.redact if isinstance(self.redact, str | None) else msgspec.json.encode(self.redact).decode(),
            "dry_run": self.dry_run if self.dry_run is not None else self.dry_run_,
            "bodies": self.bodies,
            "fill": self.fill,
            "csv_raw": self.csv_raw if self.csv_raw is not None else self.csv_raw_,
            "max_part": self.max_part if self.max_part is not None else self.max_part_,
        }
        return {name: _query_value(value) for name, value in given.items() if value is not None}


def _query_value(value: str | int) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
