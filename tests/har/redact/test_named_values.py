"""Values by the names before them."""

from __future__ import annotations

import pytest

from harlake.har.redact.config import Config, Level
from harlake.har.redact.context import Context, Flavour
from harlake.har.redact.json_strings import applied, merged
from harlake.har.redact.named_values import named_edits
from harlake.har.redact.pseudonyms import Pseudonyms
from harlake.har.redact.texts import prefilter


def _context(level: Level = Level.SECRETS) -> Context:
    return Context(Config(level), Pseudonyms(b"k"), None)


@pytest.mark.parametrize(
    ("text", "flavour"),
    [
        (b'{"password":"hunter2-x"}', Flavour.JSON),
        (rb"{\"password\":\"hunter2-x\"}", Flavour.JSON),
        (b"a=1&password=hunter2-x&b=2", Flavour.FORM),
        (b"password: hunter2-x\n", Flavour.TEXT),
        (b"<password>hunter2-x</password>", Flavour.MARKUP),
        (b"<input value='hunter2-x' name='password'>", Flavour.MARKUP),
        (b'{"name":"password","value":"hunter2-x"}', Flavour.JSON),
        (b'{"password":"hunter2-x', Flavour.JSON),
        (b"curl --password hunter2-x", Flavour.TEXT),
    ],
)
def test_forms(text: bytes, flavour: Flavour) -> None:
    """Whatever separates the two, also where the text is cut off."""
    context = _context()
    hits = prefilter(context).hits(text)
    assert b"hunter2-x" not in applied(text, merged(named_edits(context, text, flavour, hits)))
