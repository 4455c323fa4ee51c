"""Headers of tus 1.0 (https://tus.io/protocols/resumable-upload): what clients say in them, and what they are told."""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from email.utils import formatdate
from typing import Any, Final

from harlake.errors import BadRequestError, MediaTypeError, TusVersionError
from harlake.limits import DEFAULT_LIMITS

TUS_VERSION: Final = "1.0.0"
OFFSET_TYPE: Final = "application/offset+octet-stream"

_ALGORITHMS: Final = ("sha1", "sha256", "md5")
_EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination"
_NUMBER: Final = re.compile(r"\d{1,18}", re.ASCII)

#: Names that a file's own has in metadata; the first is tus's, the other Uppy's.
_FILE_NAMES: Final = ("filename", "name")


def offered(max_bytes: int | None) -> dict[str, str]:
    """Return the headers that say what there is of tus."""
    return {
        "Tus-Resumable": TUS_VERSION,
        "Tus-Version": TUS_VERSION,
        "Tus-Extension": _EXTENSIONS,
        "Tus-Checksum-Algorithm": ",".join(_ALGORITHMS),
    } | ({} if max_bytes is None else {"Tus-Max-Size": str(max_bytes)})


def check_version(headers: Mapping[str, str], *, is_needed: bool = True) -> None:
    """Raise TusVersionError where a client speaks another version of tus, or, where one is needed, none."""
    version = headers.get("tus-resumable")
    if version != TUS_VERSION and (version is not None or is_needed):
        raise TusVersionError(f"Tus-Resumable must be {TUS_VERSION}")


def check_type(headers: Mapping[str, str]) -> None:
    """Raise MediaTypeError where a body does not say that it is part of an upload."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != OFFSET_TYPE:
        raise MediaTypeError(f"Content-Type must be {OFFSET_TYPE}")


def number_of_bytes(headers: Mapping[str, str], name: str) -> int:
    """Return the number in a header. Raises BadRequestError."""
    value = headers.get(name.lower(), "")
    if _NUMBER.fullmatch(value) is None:
        raise BadRequestError(f"{name} must be a number of bytes")
    return int(value)


def parse_metadata(header: str) -> dict[str, str]:
    """Return the names and values of ``Upload-Metadata``. Raises BadRequestError."""
    metadata: dict[str, str] = {}
    for pair in header.split(",") if header.strip() else ():
        name, _, encoded = pair.strip().partition(" ")
        try:
            value = base64.b64decode(encoded.strip(), validate=True).decode()
        except (binascii.Error, ValueError):
            raise BadRequestError(f"Upload-Metadata: {name[:80]!r} is not UTF-8 in base64") from None
        if not name or name in metadata:
            raise BadRequestError("Upload-Metadata has a name twice, or a value without one")
        metadata[name] = value
    return metadata


def file_name(metadata: Mapping[str, str]) -> str | None:
    """Return what the file is called, None where that is not said. Raises BadRequestError."""
    name = next((metadata[one].strip() for one in _FILE_NAMES if metadata.get(one, "").strip()), None)
    if name is not None and len(name.encode()) > DEFAULT_LIMITS.max_field_bytes:
        raise BadRequestError(f"the name of the file exceeds {DEFAULT_LIMITS.max_field_bytes} bytes")
    return name


def form_fields(metadata: Mapping[str, str], names: frozenset[str]) -> dict[str, str]:
    """Return those metadata that are fields of the import's form; other programs' own are passed over.

    Raises BadRequestError.
    """
    fields = {name: value for name, value in metadata.items() if name in names}
    for name, value in fields.items():
        if len(value.encode()) > DEFAULT_LIMITS.max_field_bytes:
            raise BadRequestError(f"{name} exceeds {DEFAULT_LIMITS.max_field_bytes} bytes")
    return fields


class UploadChecksum:
    """The digest that ``Upload-Checksum`` promises of a request's body."""

    def __init__(self, header: str) -> None:
        """Raise BadRequestError for a header that is none, and for other algorithms."""
        algorithm, _, encoded = header.strip().partition(" ")
        if algorithm not in _ALGORITHMS:
            raise BadRequestError(f"Upload-Checksum takes {', '.join(_ALGORITHMS)}")
        try:
            self._expected = base64.b64decode(encoded.strip(), validate=True)
        except (binascii.Error, ValueError):
            raise BadRequestError("Upload-Checksum has no digest in base64") from None
        self._digest: Any = hashlib.new(algorithm, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Take the next bytes."""
        self._digest.update(data)

    def matches(self) -> bool:
        """Return whether these were all."""
        return bool(self._digest.digest() == self._expected)


def http_date(seconds: float) -> str:
    """Return a time as headers have it."""
    return formatdate(seconds, usegmt=True)
