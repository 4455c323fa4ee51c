"""Headers of all answers: no browser keeps them, guesses what they are, frames them, or hands them to other pages."""

from __future__ import annotations

from typing import Final

#: Captured cookies and bodies stay in no cache: who keeps an export to compare its ``ETag`` has it in a file. Nothing
#: in an answer is a page, but for those that bring a policy of their own.
SECURITY_HEADERS: Final = {
    "x-content-type-options": "nosniff",
    "cache-control": "no-store",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-frame-options": "DENY",
}

#: With status 401: both forms, each in a header of its own, which browsers demand.
CHALLENGES: Final = ('Bearer realm="harlake"', 'Basic realm="harlake", charset="UTF-8"')


def challenges(accept: str) -> tuple[str, ...]:
    """Return those for who accepts such types: at the basic form, a browser asks for a password.

    A script of the page, which has a form for that, takes JSON only.
    """
    return CHALLENGES[:1] if accept.startswith("application/") else CHALLENGES
