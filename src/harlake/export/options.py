"""The options of an export: its format, order, bodies and parts; and the texts that ask for them.

Names and values are the same in query strings, JSON bodies and on the command line. Formats are those of
:mod:`harlake.export.forms`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from harlake.errors import BadRequestError
from harlake.export.forms import FORMS, HAR, REPORT, TABLES, ZIP, FileType
from harlake.export.zip_parts import MIN_PART_BYTES
from harlake.har.redact.config import REDACTIONS, Config, parse_redaction
from harlake.har.repair.rewriter import BODY_FILTERS, BodyFilter, parse_body_filter
from harlake.limits import BYTES, parse_bytes

#: File systems allow 255 bytes, of which time, number and ending take some forty.
_STEM_BYTES: Final = 200

_TRUTH: Final = "true or false"

#: The parameters that ask for options, and what each allows, in words.
PARAMETERS: Final = {
    "format": ", ".join(FORMS),
    "order": "stored, or time: by the time at which entries started",
    "bodies": f"{BODY_FILTERS}, of all forms with entries; {_TRUTH} of Parquet",
    "fill": f"{_TRUTH}: whether missing mandatory members get the specification's defaults, in HAR and NDJSON",
    "csv_raw": f"{_TRUTH}: whether texts of a CSV may be formulas to a spreadsheet",
    "max_part": f"{BYTES}, from {MIN_PART_BYTES:,} on: the most that each HAR in a zip has",
    "content": "attach, or embed: where a HAR for Playwright has its bodies, in files beside it or in itself",
    "redact": f"{REDACTIONS}: which secrets are taken out",
    "dry_run": f"{_TRUTH}: whether the report of a redaction is answered, in place of the file",
}


@dataclass(frozen=True, slots=True)
class ExportOptions:
    """A format, and what the export in it is made with.

    ``bodies`` says which bodies stay in entries (None: all of them), ``body_column`` whether a table has one for them,
    ``csv_raw`` whether a CSV has texts that spreadsheets take for formulas as they are,
    ``max_part`` how many bytes a HAR in a zip may have (None: one HAR, and no zip),
    ``embed`` whether a HAR for Playwright has its bodies in itself,
    ``redact`` which secrets are taken out (None: nothing is),
    ``dry_run`` whether the export is its redaction's report, and no file.
    """

    format: str = "har"
    by_time: bool = False
    bodies: BodyFilter | None = None
    body_column: bool = False
    fill: bool = False
    max_part: int | None = None
    csv_raw: bool = False
    embed: bool = False
    redact: Config | None = None
    dry_run: bool = False

    @property
    def file(self) -> FileType:
        """How the file is named and sent."""
        if self.dry_run:
            return REPORT
        if self.embed:
            return HAR
        return FORMS[self.format].file if self.max_part is None else ZIP


def file_stem(name: str) -> str:
    """Return a name as files are called by it: letters, digits and ``_``, in no more bytes than any system allows."""
    return re.sub(r"[\W_]+", "_", name).encode()[:_STEM_BYTES].decode("utf-8", "ignore")


def parse_options(values: Mapping[str, str]) -> ExportOptions:
    """Return the options that values of :data:`PARAMETERS` ask for. Raises BadRequestError."""
    reader = _ValueReader(values)
    file_format = reader.choice("format", tuple(FORMS))
    takes = FORMS[file_format].options.__contains__
    is_table = file_format in TABLES
    options = ExportOptions(
        file_format,
        reader.choice("order", ("stored", "time")) == "time",
        bodies=reader.bodies() if takes("bodies") and not is_table else None,
        body_column=takes("bodies") and is_table and reader.truth("bodies"),
        fill=takes("fill") and reader.truth("fill"),
        max_part=reader.size("max_part") if takes("max_part") else None,
        csv_raw=takes("csv_raw") and reader.truth("csv_raw"),
        embed=takes("content") and reader.choice("content", ("attach", "embed")) == "embed",
        redact=reader.redaction(),
        dry_run=reader.truth("dry_run"),
    )
    if options.dry_run and options.redact is None:
        raise BadRequestError("dry_run=true is for redact=LEVEL")
    if unread := values.keys() - reader.read:
        raise BadRequestError(f"{min(unread)} is not for format={file_format}")
    return options


class _ValueReader:
    """Reads the values of parameters; ``read`` names those that have been asked for, whether given or not."""

    def __init__(self, values: Mapping[str, str]) -> None:
        self._values = values
        self.read: set[str] = set()

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        """Return one of some words, of which the first is the default."""
        value = self._value(name)
        if value is None:
            return allowed[0]
        if value not in allowed:
            raise self._refusal(name)
        return value

    def truth(self, name: str) -> bool:
        return self.choice(name, ("false", "true")) == "true"

    def size(self, name: str) -> int | None:
        value = self._value(name)
        try:
            size = None if value is None else parse_bytes(value)
        except ValueError:
            raise self._refusal(name) from None
        if size is not None and size < MIN_PART_BYTES:
            raise self._refusal(name)
        return size

    def bodies(self) -> BodyFilter | None:
        value = self._value("bodies")
        try:
            return None if value is None else parse_body_filter(value)
        except ValueError:
            raise self._refusal("bodies") from None

    def redaction(self) -> Config | None:
        value = self._value("redact")
        return None if value is None else parse_redaction(value)

    def _value(self, name: str) -> str | None:
        self.read.add(name)
        return self._values.get(name)

    def _refusal(self, name: str) -> BadRequestError:
        return BadRequestError(f"{name}={self._values[name]!r} is not allowed; {name} takes {PARAMETERS[name]}")
