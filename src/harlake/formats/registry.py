"""All formats that are read besides HAR: an importer is a module, and a line here, or in ``archives``."""

from __future__ import annotations

from typing import Final

from harlake.formats.archives import convert_zip, is_zip
from harlake.formats.burp_xml import convert_burp, is_burp
from harlake.formats.capture_format import CaptureFormat
from harlake.formats.charles_json import convert_charles, is_charles
from harlake.formats.warc import convert_warc
from harlake.formats.warc_records import is_warc

IMPORTED_FORMATS: Final = (
    CaptureFormat("zip", "a zip archive", is_zip, convert_zip),
    CaptureFormat("charles", "a session of Charles", is_charles, convert_charles),
    CaptureFormat("burp", "XML of Burp Suite", is_burp, convert_burp),
    CaptureFormat("warc", "a WARC file", is_warc, convert_warc),
)


def format_of(first: bytes) -> CaptureFormat | None:
    """Return the format of a file, told by its first bytes; None of a HAR, and of what is not known."""
    return next((one for one in IMPORTED_FORMATS if one.matches(first)), None)
