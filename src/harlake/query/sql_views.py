"""The tables of a client's query: views of what is complete, and of nothing else."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from harlake.query.conditions import HOST, MEDIA_TYPE, OPERATION, TRANSFER_SIZE_FROM
from harlake.query.sql_entry_parts import PART_SCHEMAS
from harlake.store.catalog_slices import COPIED_TABLES
from harlake.store.index_columns import ENTRY_SCHEMA, PAGE_SCHEMA

#: What views are made of: tables of the catalog and of the index, and what is read out of entries, in that order.
SOURCES: Final = {
    "catalog_sessions": COPIED_TABLES["sessions"],
    "catalog_captures": COPIED_TABLES["captures"],
    "index_pages": PAGE_SCHEMA,
    "index_entries": ENTRY_SCHEMA,
    **{f"frames_{name}": schema for name, schema in PART_SCHEMAS.items()},
}


def _entry_id(row: str) -> str:
    """Return the SQL of the id of an entry, given by the rows that have its capture and its ordinal."""
    capture = f"{row}.capture::VARCHAR"
    return f"substr({capture}, 1, 14) || '8' || substr({capture}, 16, 13) || printf('%08x', {row}.ordinal)"


#: What a query can read. An entry's id is that of :func:`ids.entry_id`.
VIEWS: Final = {
    "sessions": "SELECT id, name, make_timestamptz(created_us) AS created_at FROM catalog_sessions",
    "captures": """
        SELECT id, session, make_timestamptz(created_us) AS created_at, file_name, upload_bytes, har_bytes,
            object_bytes, total, imported, sha256
        FROM catalog_captures
    """,
    "pages": "SELECT c.session, p.* FROM index_pages p JOIN catalog_captures c ON c.id = p.capture",
    "entries": f"""
        SELECT {_entry_id("e")} AS id,
            c.session, e.* EXCLUDE (frame_start, frame_length, frame_text_length, start, length)
                REPLACE (
                    {HOST} AS host, {MEDIA_TYPE} AS media_type, {OPERATION} AS operation,
                    {TRANSFER_SIZE_FROM} AS transfer_size_from
                ),
            e.length AS bytes
        FROM index_entries e JOIN catalog_captures c ON c.id = e.capture
    """,
    **{
        name: f"SELECT {_entry_id('p')} AS entry, c.session, p.* FROM frames_{name} p"
        " JOIN catalog_captures c ON c.id = p.capture"
        for name in PART_SCHEMAS
    },
}

#: Their columns, those first that are texts.
VIEW_COLUMNS: Final = {
    "sessions": ("name", "id created_at"),
    "captures": (
        "file_name sha256",
        "id session created_at upload_bytes har_bytes object_bytes total imported",
    ),
    "pages": ("id title", "session capture number started_at on_content_load on_load"),
    "entries": (
        "id method url host path status_text http_version mime_type media_type resource_type type page_ref server_ip"
        " connection error operation transfer_size_from",
        "session capture ordinal started_at time_ms status request_size response_size content_size transfer_size failed"
        " from_cache has_body blocked_ms dns_ms connect_ms ssl_ms send_ms wait_ms receive_ms bytes",
    ),
    "headers": ("entry message name value", "session capture ordinal number"),
    "cookies": (
        "entry message name value path domain expires",
        "session capture ordinal number http_only secure",
    ),
    "query_parameters": ("entry name value", "session capture ordinal number"),
}


def sources_of(views: Iterable[str]) -> list[str]:
    """Return the names of what some views are made of, always in the same order."""
    return [name for name in SOURCES if any(name in VIEWS[view] for view in views)]
