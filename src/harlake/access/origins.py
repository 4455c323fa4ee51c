"""Whether a request comes from a page of another origin: the guard against requests forged by web pages.

Browsers say so twice: in ``Origin``, with everything but simple ``GET`` requests and navigations, and in
``Sec-Fetch-Site``, to TLS and loopback addresses only. What says neither is no browser, or an old one, and for what it
cannot forge that way (a ``POST`` without ``Origin``) no page can make it send such a request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from harlake.access.hosts import Authority, parse_authority

_ORIGIN: Final = re.compile(r"(https?)://(.+)", re.ASCII)
_PORTS: Final = {"http": 80, "https": 443}

#: What a page of this origin sends, and a user who opens an address (Fetch Metadata Request Headers, §2.2).
_OWN_SITES: Final = frozenset({"same-origin", "none"})


def is_foreign(origins: Sequence[str], sites: Sequence[str], own: Authority, *, secure: bool) -> bool:
    """Return whether a request is of another origin, by its ``Origin`` and ``Sec-Fetch-Site`` headers.

    ``own`` is its ``Host``; ``secure`` if it came over TLS. Another port of this machine is another origin, though the
    same site: whatever is served there is not harlake.
    """
    if any(site not in _OWN_SITES for site in sites) or len(origins) > 1:
        return True
    return any(not _is_own(origin, own, secure) for origin in origins)


def _is_own(origin: str, own: Authority, secure: bool) -> bool:
    match = _ORIGIN.fullmatch(origin)
    authority = parse_authority(match[2]) if match else None
    if match is None or authority is None:  # `null`, and what is no web page
        return False
    scheme = match[1]
    if secure and scheme != "https":
        return False
    # Without TLS, the scheme is unknown: a proxy in front may have ended it. The same port cannot speak both.
    default = _PORTS[scheme]
    return authority.host == own.host and (authority.port or default) == (own.port or default)
