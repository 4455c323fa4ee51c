"""Files of other formats, and the entries that are made of them."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from typing import Any

from harlake.har.parse.blocks import Block
from harlake.limits import Limits
from harlake.upload.conversion_stage import Scratch
from harlake.upload.upload_reader import UploadReader, UploadReport

#: What a file is sent in.
_PIECE = 1_000


def zipped(members: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """Return a zip archive of files by their names."""
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return data.getvalue()


def texts_of(data: bytes, limits: Limits | None = None) -> tuple[list[bytes], UploadReport]:
    """Import a file of any format, and return the text of its entries, and the report."""
    reader = UploadReader(limits or Limits(), scratch=Scratch(None))
    texts = list(_texts(reader, data))
    return texts, reader.report()


def _texts(reader: UploadReader, data: bytes) -> Iterator[bytes]:
    for start in range(0, len(data), _PIECE):
        for parts in reader.feed(data[start : start + _PIECE]):
            yield from (text for part in parts if isinstance(part, Block) for text in part.texts())
    for parts in reader.close():
        yield from (text for part in parts if isinstance(part, Block) for text in part.texts())


def entries_made(data: bytes, limits: Limits | None = None) -> list[Any]:
    """Return the entries that a file of any format stands for."""
    return [json.loads(text) for text in texts_of(data, limits)[0]]
