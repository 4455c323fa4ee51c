"""What is shown of a body: no element through which a browser would call anybody, in any encoding."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.api.previews import preview
from harlake.errors import NoPreviewError
from harlake.har.bodies import Body

_LINK = '<p>é</p><LiNk rel="preconnect" href="http://attacker.example">\n<IFRAME\n/><frame><linker><a>link</a>'
_INERT = (
    '<p>é</p><no-LiNk rel="preconnect" href="http://attacker.example">\n<no-IFRAME\n/><no-frame><linker><a>link</a>'
)


def _body(data: bytes, mime_type: str, *, is_text: bool = False) -> Body:
    return Body(data=data, mime_type=mime_type, is_text=is_text)


@pytest.mark.parametrize(
    ("encoding", "mime_type"),
    [
        ("utf-8", "text/html"),
        ("utf-8", "text/html; charset=x-unknown"),
        ("utf-8", "application/xhtml+xml"),
        ("utf-8-sig", "text/html; charset=iso-8859-1"),
        ("utf-16", "text/html"),
        ("utf-16-le", 'text/html; charset="UTF-16LE"'),
        ("cp1252", "text/html"),
        ("iso-2022-jp-2", "text/html;charset=ISO-2022-JP-2"),
        ("shift_jisx0213", "text/html; charset=shift_jisx0213"),
    ],
)
def test_links_mean_nothing(encoding: str, mime_type: str) -> None:
    """Whatever the document's encoding is; it is shown in UTF-8."""
    data, headers = preview(_body(_LINK.encode(encoding), mime_type))
    if mime_type.endswith("unknown"):
        assert b"<no-LiNk rel" in data
    else:
        assert data.decode() == _INERT
    assert headers["content-type"] == "text/html; charset=utf-8"


def test_other_elements_are_what_they_are() -> None:
    """In SVG, an element of HTML may have any prefix; images have no elements."""
    data, headers = preview(_body(b"<svg><h:link rel='x'/><a/></svg>", "image/svg+xml", is_text=True))
    assert data == b"<svg><h:no-link rel='x'/><a/></svg>"
    assert headers["content-type"].startswith("image/svg+xml")
    assert preview(_body("<svg><link /></svg>".encode("utf-16"), "image/svg+xml"))[0] == b"<svg><no-link /></svg>"
    assert preview(_body(b"<link >\xff", "image/png"))[0] == b"<link >\xff"


@given(st.binary(), st.sampled_from(["utf-8", "utf-16", "iso-2022-jp", "gb18030", "idna", "hex", "x"]))
def test_no_document_has_a_link(data: bytes, charset: str) -> None:
    """Whatever it is made of."""
    for mixed in (data, b"<iframe >" + data, data + b"<\x1b(Blink/>"):
        shown, _ = preview(_body(mixed, f"text/html; charset={charset}"))
        assert re.search(rb"(?i)<(link|i?frame)[\s/>]", shown) is None
        shown.decode()


@pytest.mark.parametrize("mime_type", ["text/plain", "application/json", "text/xml", "", "audio/mpeg"])
def test_others_have_no_preview(mime_type: str) -> None:
    """They are shown in other ways."""
    with pytest.raises(NoPreviewError):
        preview(_body(b"", mime_type))
