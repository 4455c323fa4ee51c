"""Whether values of names are secrets."""

from __future__ import annotations

from harlake.har.redact.candidates import canonical, cookies, is_secret
from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.names import Likelihood
from harlake.har.redact.pseudonyms import Pseudonyms


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


def test_values() -> None:
    """Words and code are none; numbers only where names say so."""
    context = _context()
    assert is_secret(context, "password", Likelihood.YES, b"hunter2", Flavour.JSON)
    assert not is_secret(context, "token", Likelihood.YES, b"null", Flavour.JSON)
    assert not is_secret(context, "token", Likelihood.YES, b"getToken()", Flavour.SCRIPT)
    assert not is_secret(context, "code", Likelihood.MAYBE, b"INVALID_ARGUMENT", Flavour.JSON)
    assert is_secret(context, "otp", Likelihood.YES, b"123456", Flavour.JSON)


def test_canonical() -> None:
    """A value without its escapes."""
    assert canonical(rb"\u0061b%2Fc", Flavour.FORM) == b"ab/c"
    assert canonical(b"a&amp;b;", Flavour.MARKUP) == b"a&b;"


def test_cookies() -> None:
    """Their names and attributes stay."""
    assert cookies(_context(), b"a=secret-1; b=", is_set=False).startswith(b"a=REDACTED-cookie")
    assert cookies(_context(), b"a=secret-1; Path=/", is_set=True).endswith(b"; Path=/")
