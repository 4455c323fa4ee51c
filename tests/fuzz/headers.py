"""Headers: those that a client sends, and those that a stranger would."""

from __future__ import annotations

from random import Random
from typing import Final

Header = tuple[bytes, bytes]

_HOST: Final = (b"Host", b"@host@")

#: Values to try, by name. ``@token0@`` and so on are tokens of all scopes.
_ODD: Final[dict[bytes, tuple[bytes, ...]]] = {
    b"Host": (
        *(b"", b"evil.test", b"localhost", b"[::1]:8889", b"127.0.0.1:99999", b"a b", b"\xff", b"@host@, evil.test"),
        b"[::1",
    ),
    b"Origin": (
        *(b"http://@host@", b"null", b"http://evil.test", b"", b"http://@host@.evil.test", b"\xff", b"http://["),
        b"a" * 9_000,
    ),
    b"Sec-Fetch-Site": (b"same-origin", b"none", b"cross-site", b"same-site", b"", b"\x80"),
    b"Sec-Fetch-Mode": (b"navigate", b"cors", b"no-cors"),
    b"Sec-Fetch-Dest": (b"document", b"iframe", b"script"),
    b"Authorization": (
        *(b"Bearer @token%d@" % number for number in range(4)),
        *(b"Bearer x", b"Basic", b"Basic !!", b"Basic OnA=", b"Bearer " + b"x" * 9_000, b"", b"\xff\xfe"),
        *(b"Digest a=b", b"Basic 4pyT"),
    ),
    b"X-Request-ID": (b"", b"x" * 65, b"a b", b"\xff", b"%0a", b"Job_7.a-b"),
    b"Accept": (
        *(b"*/*", b"text/html", b"", b"application/json;q=x", b"a" * 9_000, b"\xff/*", b"*/*;q=0", b"/", b"," * 99),
    ),
    b"Accept-Encoding": (
        *(b"gzip", b"zstd", b"br", b"identity;q=0", b"gzip;q=0, zstd;q=0.0", b"*", b"gzip;q=x", b"," * 999, b"\xff"),
    ),
    b"Accept-Language": (b"de", b"\0"),
    b"Range": (b"bytes=0-1", b"bytes=-1", b"bytes=9-1", b"lines=1", b"bytes=" + b"0-," * 500, b"\xff"),
    b"If-None-Match": (b"*", b'"x"', b'W/"x"', b'"' * 99, b"\xff", b"," * 999),
    b"If-Modified-Since": (b"Thu, 01 Jan 1970 00:00:00 GMT", b"x"),
    b"Content-Type": (
        *(b"application/json", b"application/vnd.x+json", b"text/plain", b"", b"application/x-www-form-urlencoded"),
        *(b"a", b"\xff", b"application/json; charset=utf-16", b"application/msgpack", b"multipart/form-data"),
        *(b"application/json, text/plain", b";"),
    ),
    b"Content-Encoding": (b"gzip", b"zstd", b"br", b"deflate", b"identity", b"gzip, gzip", b"x"),
    b"Expect": (b"100-continue", b"200-ok", b""),
    b"Connection": (b"close", b"keep-alive", b"Upgrade", b"TE", b"Host, Content-Length", b""),
    b"Upgrade": (b"websocket", b"h2c", b"TLS/1.0", b"\xff"),
    b"TE": (b"trailers",),
    b"Cookie": (b"a=b", b"=;" * 999, b"\xff", b'a="'),
    b"X-Forwarded-For": (b"10.0.0.1", b"\xff"),
    b"X-Forwarded-Host": (b"evil.test",),
    b"X-HTTP-Method-Override": (b"DELETE",),
    b"Forwarded": (b'for="[::1"',),
    b"User-Agent": (b"", b"\xff" * 99, b"x" * 30_000),
    b"Referer": (b"http://evil.test/",),
    b"X": (b"x" * 70_000, b"\0", b"a\rb", b"a\r\n b", b"a\nY: b", b"\x7f", b"\t", b"x" * 60_000),
    b"": (b"x",),
    b"A B": (b"x",),
    b"\xff": (b"x",),
    b"X\0": (b"x",),
}
_HEADERS: Final = [(name, value) for name, values in _ODD.items() for value in values]
_NAMES: Final = sorted(_ODD)
_MANY: Final = tuple((b"X-%d" % number, b"x") for number in range(500))


def odd_headers(usual: tuple[Header, ...], random: Random) -> tuple[Header, ...]:
    """Return the headers of a request: the usual ones, and in one of four requests others, or others in their place."""
    headers = [_HOST, *usual]
    if random.randrange(4) == 0:
        name = random.choice(_NAMES)  # each as often as all others, however many values it has
        added = [(name, random.choice(_ODD[name])), *random.choices(_HEADERS, k=random.choice((0, 0, 0, 0, 1, 3)))]
        replaced = {name.lower() for name, _ in added} if random.randrange(5) else set()
        headers = [header for header in headers if header[0].lower() not in replaced] + added
    if random.randrange(100) == 0:
        headers += _MANY
    return tuple(headers)
