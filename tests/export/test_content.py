"""Forms of other programs, all of them: whatever an entry is, however odd."""

from __future__ import annotations

import base64
import gzip
import io
import json
import zipfile

import pytest

from harlake.export.forms import FORMS
from tests.support.exported import HOSTILE, exchange, exported

FORMS_OF_OTHERS = sorted(name for name, form in FORMS.items() if form.writer)

_TOKEN = "qZ7xW2mK9pL4vN8tR3yB6cD1"
_ODD = (
    b'{"request":{"url":""},"response":null}',
    b'{"request":{"url":"data:,x","method":7},"response":{"status":"404","content":"text"}}',
    b'{"request":{"url":"http://[::1","headers":{"a":["b"]},"postData":{"params":[]}},"response":{"content":{"text":{"a":1}}}}',
    b'{"request":{"url":"ws://a.test/\\ud800","method":"GE T"},"startedDateTime":"0001-01-01","serverIPAddress":[1]}',
    b'{"request":{"url":"http://a.test/","method":"CONNECT"},"response":{"status":1e99,"headers":"A: b\\nC: d"}}',
)


def unpacked(form: str, data: bytes) -> bytes:
    """Return what is in a packed file, one after the other."""
    if data.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return b"\n".join(
                [*archive.namelist().__str__().encode().splitlines(), *map(archive.read, archive.namelist())]
            )
    return gzip.decompress(data) if form == "warc.gz" else data


@pytest.mark.parametrize("form", FORMS_OF_OTHERS)
def test_odd_entries_are_no_trouble(form: str) -> None:
    """Nor are none at all; the same entries make the same bytes."""
    entries = _ODD
    assert unpacked(form, exported(form, *entries, exchange(HOSTILE, HOSTILE)))
    assert exported(form, *entries) == exported(form, *entries)
    assert unpacked(
        form, exported(form, exchange(), bodies="none") if form != "openapi" else exported(form, exchange())
    )


@pytest.mark.parametrize("form", FORMS_OF_OTHERS)
@pytest.mark.parametrize("encoding", ["text", "base64"])
def test_secrets_are_in_none(form: str, encoding: str) -> None:
    """Neither where they were learned, nor elsewhere, nor in what is packed."""
    cookie = {"headers": [{"name": "Cookie", "value": f"sid={_TOKEN}"}]}
    body = {"mimeType": "application/json", "text": json.dumps({_TOKEN: f"it is {_TOKEN}"})}
    if encoding == "base64":
        body |= {"text": base64.b64encode(body["text"].encode()).decode(), "encoding": "base64"}
    entries = [
        exchange(f"http://a.test/x/{_TOKEN}?{_TOKEN}=1", response={"content": body}),
        exchange("http://a.test/", request=cookie),
    ]
    plain = unpacked(form, exported(form, *entries))
    assert _TOKEN.encode() in plain
    assert _TOKEN.encode() not in unpacked(form, exported(form, *entries, redact="secrets"))
