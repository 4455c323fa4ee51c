"""The forms of an export: how each is called and sent, what can be asked of it, and which module writes it.

This table is all that a new form needs beside its module: parameters, OpenAPI and the command line are made of it. It
imports nothing of harlake's, so that the command line has it at once.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class FileType:
    """How a file is named and sent; one that is ``packed`` is not compressed again."""

    ending: str
    media_type: str
    packed: bool = False


@dataclass(frozen=True, slots=True)
class Form:
    """A form of exports.

    Args:
        file: how its file is named and sent.
        options: names of the parameters that go with it, beside those that go with all.
        writer: the module of :mod:`harlake.export.writers`, and the function in it, that writes it; of HAR, NDJSON and
            tables, the exporter knows more, as lengths and frames, and has them itself.
        copies: how often the largest entry is in memory while it is written, beside the entry itself.
        budget: bytes that are held beside entries.
    """

    file: FileType
    options: frozenset[str] = frozenset()
    writer: str = ""
    copies: int = 0
    budget: int = 0


_BODIES: Final = frozenset({"bodies"})

#: All forms by their names, the default first.
FORMS: Final = {
    "har": Form(FileType(".har", "application/json"), frozenset({"bodies", "fill", "max_part"})),
    "ndjson": Form(FileType(".ndjson", "application/x-ndjson"), frozenset({"bodies", "fill"})),
    "csv": Form(FileType(".csv", "text/csv; charset=utf-8"), frozenset({"csv_raw"})),
    "parquet": Form(FileType(".parquet", "application/vnd.apache.parquet", packed=True), _BODIES),
    "playwright": Form(
        FileType(".zip", "application/zip", packed=True),
        frozenset({"bodies", "content"}),
        "playwright_zip:playwright_files",
        copies=4,
        budget=8 << 20,
    ),
    "postman": Form(
        FileType(".postman_collection.json", "application/json"), _BODIES, "postman_collection:postman_items", 8
    ),
    "openapi": Form(
        FileType(".openapi.json", "application/json"), frozenset(), "openapi_description:openapi_paths", 4, 64 << 20
    ),
    "k6": Form(FileType(".k6.js", "text/javascript"), _BODIES, "k6_script:k6_calls", 8),
    "warc": Form(FileType(".warc", "application/warc"), _BODIES, "warc_file:warc_file", 4),
    "warc.gz": Form(FileType(".warc.gz", "application/warc", packed=True), _BODIES, "warc_file:warc_file", 4),
}
#: Those whose rows are index columns.
TABLES: Final = ("csv", "parquet")

#: What a HAR in parts, or with its bodies in it, is sent as.
ZIP: Final = FileType(".zip", "application/zip", packed=True)
HAR: Final = FORMS["har"].file
#: What the report of a redaction is sent as.
REPORT: Final = FileType(".redaction.json", "application/json")

#: All that an export may be sent as, the default first.
MEDIA_TYPES: Final = tuple(dict.fromkeys(form.file.media_type for form in FORMS.values()))
