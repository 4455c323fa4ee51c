"""Burp Suite's XML, with the DTD that it writes, and what hostile XML would do."""

from __future__ import annotations

import base64
import gzip

import pytest

from harlake.errors import InvalidJsonError
from harlake.limits import Limits
from tests.support.conversions import entries_made, texts_of

_DTD = """<?xml version="1.0"?>
<!DOCTYPE items [
<!ELEMENT items (item*)>
<!ATTLIST items burpVersion CDATA "">
<!ATTLIST items exportTime CDATA "">
<!ELEMENT item (time, url, host, port, protocol, method, path, extension,
request, status, responselength, mimetype, response, comment)>
<!ELEMENT time (#PCDATA)>
<!ELEMENT host (#PCDATA)>
<!ATTLIST host ip CDATA "">
<!ELEMENT request (#PCDATA)>
<!ATTLIST request base64 (true|false) "false">
]>
"""
_REQUEST = b'POST /login?next=%2F HTTP/1.1\r\nHost: h.test:8443\r\nContent-Type: application/json\r\n\r\n{"a":1}'
_RESPONSE = (
    b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Encoding: gzip\r\nX-Fold: a\r\n  b\r\n\r\n"
    + gzip.compress(b"<p>needle</p>", mtime=0)
)


def _item(request: str, response: str, base64_flag: str = "true", time: str = "Tue Jan 10 17:55:22 EST 2023") -> str:
    return (
        f"<item><time>{time}</time><url><![CDATA[https://h.test:8443/login?next=%2F]]></url>"
        f'<host ip="192.0.2.9">h.test</host><port>8443</port><protocol>https</protocol>'
        f"<method><![CDATA[POST]]></method><path><![CDATA[/login]]></path><extension>null</extension>"
        f'<request base64="{base64_flag}"><![CDATA[{request}]]></request><status>200</status>'
        f"<responselength>9</responselength><mimetype>HTML</mimetype>"
        f'<response base64="{base64_flag}"><![CDATA[{response}]]></response><comment>look</comment></item>'
    )


def _document(*items: str, head: str = _DTD) -> bytes:
    version = '<items burpVersion="2023.1" exportTime="Tue Jan 10 17:56:32 EST 2023">'
    return f"{head}{version}{''.join(items)}</items>".encode()


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_items_become_entries() -> None:
    """Messages are taken from base64, and bodies decoded."""
    text = _document(_item(_encoded(_REQUEST), _encoded(_RESPONSE)))
    (entry,) = entries_made(text)
    request, response = entry["request"], entry["response"]
    assert (request["method"], request["url"]) == ("POST", "https://h.test:8443/login?next=%2F")
    assert request["postData"]["text"] == '{"a":1}'
    assert response["status"] == 200
    assert response["content"]["text"] == "<p>needle</p>"
    assert {"name": "X-Fold", "value": "a b"} in response["headers"]
    assert (entry["startedDateTime"], entry["serverIPAddress"]) == ("2023-01-10T17:55:22-05:00", "192.0.2.9")
    assert entry["comment"] == "look"
    report = texts_of(text)[1]
    assert (report.creator, report.encoding) == ({"name": "Burp Suite", "version": "2023.1"}, "burp")


def test_messages_as_text_and_xml_1_1() -> None:
    """Messages that are not in base64 are read, too, and XML 1.1 is what Burp says of them."""
    request = _REQUEST.decode().replace("\r\n", "\n")
    head = _DTD.replace('version="1.0"', 'version="1.1"')
    (entry,) = entries_made(_document(_item(request, "", "false"), head=head))
    assert entry["request"]["postData"]["text"] == '{"a":1}'
    assert (entry["response"]["status"], entry["response"]["content"]["size"]) == (0, 0)


def test_unknown_zones_are_said() -> None:
    """A time whose zone is known by no name is taken for UTC, with a warning."""
    texts, report = texts_of(_document(_item(_encoded(_REQUEST), "", time="Tue Jan 10 17:55:22 XYZ 2023")))
    assert b'"2023-01-10T17:55:22+00:00"' in texts[0]
    assert report.warnings == ["times are taken for UTC, as their zone is not known: 'Tue Jan 10 17:55:22 XYZ 2023'"]


@pytest.mark.parametrize(
    ("declaration", "complaint"),
    [
        ('<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;">', "defines an entity, 'a'"),
        ('<!ENTITY x SYSTEM "file:///etc/passwd">', "defines an entity, 'x'"),
        ('<!ENTITY % p SYSTEM "http://192.0.2.1/x.dtd"> %p;', "defines an entity, 'p'"),
    ],
)
def test_entities_are_refused(declaration: str, complaint: str) -> None:
    """No entity is ever expanded, and no other file read."""
    head = f'<?xml version="1.0"?><!DOCTYPE items [{declaration}]>'
    with pytest.raises(InvalidJsonError, match=complaint) as raised:
        texts_of(_document("<item><url>&b;</url></item>", head=head))
    assert raised.value.line == 1


def test_limits_on_items() -> None:
    """An item that is too long, or nested too deeply, is refused with its place."""
    with pytest.raises(InvalidJsonError, match="an item is longer than the limit of 2000"):
        texts_of(_document(_item("A" * 4_000, "")), Limits(max_entry_bytes=2_000))
    with pytest.raises(InvalidJsonError, match="nested deeper than 100"):
        texts_of(_document("<item>" + "<a>" * 200 + "</a>" * 200 + "</item>"))


def test_malformed_files_are_located() -> None:
    """XML that is cut off, and base64 that is none, are refused with line and column, or item and byte."""
    text = _document(_item(_encoded(_REQUEST), _encoded(_RESPONSE)))
    with pytest.raises(InvalidJsonError, match="malformed XML") as raised:
        texts_of(text[:-30])
    assert raised.value.line == 14
    with pytest.raises(InvalidJsonError, match="the request of an item is no base64") as raised:
        texts_of(_document(_item("A", "")))
    assert raised.value.byte == text.index(b"<item>")
    assert raised.value.entry == 0
