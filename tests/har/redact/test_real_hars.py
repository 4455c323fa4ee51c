"""Real HARs without their secrets: nothing is broken, and little that is no secret goes."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from harlake.errors import HarlakeError
from harlake.har.parse.blocks import Block
from harlake.har.redact.config import Config, Level
from harlake.har.redact.redactor import Redactor
from harlake.upload.upload_reader import UploadReader
from tests.conftest import SHARED_HARS, needs_real_hars

pytestmark = [needs_real_hars, pytest.mark.slow]

#: Headers of which all values are secrets.
_SECRET = ("cookie", "set-cookie", "authorization")
_KIND = re.compile(r"REDACTED-([a-z]+)")


def _entries(file: Path) -> list[bytes]:
    reader = UploadReader()
    try:
        parts = [part for parts in (*reader.feed(file.read_bytes()), *reader.close()) for part in parts]
    except HarlakeError:
        return []
    return [text for part in parts if isinstance(part, Block) for text in part.texts()]


def _redacted(level: Level) -> Iterator[tuple[Any, Any]]:
    """Yield the entries of all HARs, each as it was and as it became."""
    for file in sorted(SHARED_HARS.glob("*/*.har")):
        redactor = Redactor(Config(level))
        entries = _entries(file)
        for entry, edits in zip(entries, list(map(redactor.learn, entries)), strict=True):
            yield json.loads(entry), json.loads(redactor.entry(entry, edits))


def _member(value: Any, *names: str) -> Any:
    for name in names:
        value = value.get(name) if isinstance(value, dict) else None
    return value


def _form(entry: Any, *names: str) -> str:
    """Return how a body is written: as JSON, in base64, or in a way that can be broken by nothing."""
    text = _member(entry, *names, "text")
    if not isinstance(text, str):
        return "none"
    try:
        if _member(entry, *names, "encoding") == "base64":
            base64.b64decode(text, validate=True)
            return "base64"
        json.loads(text)
    except (binascii.Error, ValueError, RecursionError):
        return "text"
    return "JSON"


@pytest.mark.parametrize("level", list(Level))
def test_no_body_is_broken(level: Level) -> None:
    """What is JSON stays JSON, and what is base64 stays that."""
    seen: Counter[str] = Counter()
    for before, after in _redacted(level):
        for names in (("request", "postData"), ("response", "content")):
            form = _form(before, *names)
            assert form == "text" or _form(after, *names) == form
            seen[form] += 1
    assert seen["JSON"] > 50
    assert seen["base64"] > 100


def test_few_values_go_by_their_names() -> None:
    """Of a thousand values of headers and queries, fewer than five, also if none of these were a secret.

    Cookies and credentials are secrets, and so is what has the value of a cookie.
    """
    values = 0
    gone: Counter[str] = Counter()
    for before, after in _redacted(Level.SECRETS):
        for names in (("request", "headers"), ("request", "queryString"), ("response", "headers")):
            for old, new in zip(_member(before, *names) or (), _member(after, *names) or (), strict=True):
                if str(_member(old, "name")).lower() not in _SECRET:
                    values += 1
                    kinds = set(_KIND.findall(str(_member(new, "value"))))
                    if old != new and kinds != {"cookie"}:
                        gone[str(_member(old, "name"))] += 1
    assert values > 100_000
    assert gone.total() / values < 5 / 1_000, gone.most_common(20)
