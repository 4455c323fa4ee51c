"""All formats that are read besides HAR: an importer is a module, and a line here, or in ``archives``."""

from __future__ import annotations

from typing import Final

from harlake.formats.archives import convert_zip, is_zip
from harlake.formats.capture_format import CaptureFormat

FORMATS: Final = (CaptureFormat("zip", "a zip archive", is_zip, convert_zip),)


def format_of(first: bytes) -> CaptureFormat | None:
    """Return the format of a file, told by its first bytes; None of a HAR, and of what is not known."""
    return next((one for one in FORMATS if one.matches(first)), None)
