"""Fills entries, pages and logs for strict readers, with the defaults of the schema.

Strategy: what one of Chrome, Firefox, har-validator, Playwright, mitmproxy and haralyzer refuses is mended, and what
all of them take stays as it is. A strict msgspec type, made of the same schema, tells of most entries in one decode
that there is nothing to mend.
"""

from __future__ import annotations

from typing import Any, Final

import msgspec

from harlake.har import schema
from harlake.har.raw_json import Member, is_nothing, is_string_or_absent
from harlake.har.repair.object_types import is_base64, object_mender

_ENTRY: Final = object_mender(schema.ENTRY)
_PAGE: Final = object_mender(schema.PAGE)
_LOG: Final = object_mender(schema.LOG)

_strict: Final = msgspec.json.Decoder(_ENTRY.strict)


def filled(entry: bytes) -> bytes:
    """Return an entry that strict readers take; the very text where there is nothing to mend."""
    return entry if _is_complete(entry) else _ENTRY.mend(entry) or entry


def filled_page(page: bytes) -> bytes:
    """Return a page that strict readers take; what is no object stays."""
    return _PAGE.mend(page) or page


def filled_log(log: list[Member]) -> list[Member]:
    """Return the members of a log that strict readers take, less its entries; ``pages`` among them are filled, too."""
    return _LOG.fill(log)


def _is_complete(entry: bytes) -> bool:
    """Return whether one decode can tell that there is nothing to mend."""
    try:
        decoded: Any = _strict.decode(entry)
    except (msgspec.MsgspecError, RecursionError):
        return False
    content, post_data = decoded.response.content, decoded.request.postData
    if not is_string_or_absent(content.text):
        return False
    if post_data is not msgspec.UNSET and (
        not is_string_or_absent(post_data.text) or (is_nothing(post_data.text) and post_data.params)
    ):
        return False
    return not len(content.text) or content.encoding != "base64" or is_base64(content.text)
