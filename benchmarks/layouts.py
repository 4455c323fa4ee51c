"""The key orders of the producers: one log and one entry each, as seen in their real files.

Rules:
- A layout adds what only its producer writes (pseudo-headers, `_initiator`); the rest is in `wire`.
- Where a producer differs between versions the newest counts, but for Fiddler's log (see there).
"""

from benchmarks.traffic import Exchange
from benchmarks.wire import (
    Object,
    Wire,
    headers_size,
    http2_headers,
    named,
    post_data,
    text_of,
    timings,
    titled,
)

_CHROME_AGENT = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36"
_FIREFOX_AGENT = "Mozilla/5.0 (X11; Linux x86_64; rv:125.0) Gecko/20100101 Firefox/125.0"
_PRIORITY = {"document": "VeryHigh", "xhr": "High", "script": "Low", "stylesheet": "VeryHigh", "image": "Low"}
_TLS = {"protocol": "TLS 1.3", "issuer": "R3", "validFrom": 1708000000, "validTo": 1715775999}
_WORKER = ("_workerStart", "_workerReady", "_workerFetchStart", "_workerRespondWithSettled")


def chrome_log(pages: list[Object], entries: list[str]) -> Object:
    creator = {"name": "WebInspector", "version": "537.36"}
    return {"version": "1.2", "creator": creator, "pages": pages, "entries": entries}


def chrome(x: Exchange, wire: Wire) -> Object:
    parts, time = timings(x, 9, "blocked dns ssl connect send wait receive")
    return {
        "_connectionId": str(100_000 + x.page),
        "_initiator": _initiator(x),
        "_priority": _PRIORITY[x.kind],
        "_resourceType": x.kind,
        "cache": {},
        "connection": "443",
        **wire.pageref(x),
        "request": _chrome_request(x),
        "response": _chrome_response(x),
        "serverIPAddress": x.site.address if x.status else "",
        "startedDateTime": wire.started(x),
        "time": time,
        "timings": parts | {"_blocked_queueing": 0.5} | dict.fromkeys(_WORKER, -1),
    }


def _initiator(x: Exchange) -> Object:
    if x.kind == "document":
        return {"type": "other"}
    url = f"https://{x.site.host}{x.site.paths[3]}.js"
    if x.kind != "xhr":
        return {"type": "parser", "url": url, "lineNumber": x.index % 400}
    place = {"scriptId": str(x.page + 7), "url": url, "lineNumber": 1, "columnNumber": x.index * 31 % 9000}
    frames = [{"functionName": name} | place for name in ("", "fetch", "dispatchRequest")[: x.index % 4]]
    return {"type": "script", "stack": {"callFrames": frames}}


def _chrome_request(x: Exchange) -> Object:
    return {
        "method": x.method,
        "url": x.url,
        "httpVersion": "http/2.0" if x.status else "",
        "headers": http2_headers(x, _CHROME_AGENT),
        "queryString": named(x.query),
        "cookies": [_chrome_cookie(name, value, x.site.host) for name, value in x.cookies],
        "headersSize": -1,
        "bodySize": x.post_size,
        **post_data(x),
    }


def _chrome_response(x: Exchange) -> Object:
    text = text_of(x)
    if x.base64:
        text = {"text": x.text, "encoding": "base64"}
    return {
        "status": x.status,
        "statusText": "",
        "httpVersion": "http/2.0" if x.status else "",
        "headers": named(x.response_headers),
        "cookies": [_chrome_cookie(name, value, x.site.host) for name, value in x.set_cookies],
        "content": {"size": x.size, "mimeType": x.mime, **text},
        "redirectURL": x.location,
        "headersSize": -1,
        "bodySize": -1,
        "_transferSize": x.size // 3,
        "_error": x.error,
        "_fetchedViaServiceWorker": False,
    }


def _chrome_cookie(name: str, value: str, host: str) -> Object:
    cookie = {
        "name": name,
        "value": value,
        "path": "/",
        "domain": host,
        "expires": "2025-03-05T14:00:00.000Z",
    }
    return cookie | {"httpOnly": name == "session", "secure": True, "sameSite": "Lax"}


def playwright_log(pages: list[Object], entries: list[str]) -> Object:
    return {
        "version": "1.2",
        "creator": {"name": "Playwright", "version": "1.44.0"},
        "browser": {"name": "chromium", "version": "125.0.6422.26"},
        "pages": pages,
        "entries": entries,
    }


def playwright(x: Exchange, wire: Wire) -> Object:
    parts, time = timings(x, 2, "blocked dns connect ssl send wait receive")
    headers = http2_headers(x, _CHROME_AGENT)
    request = {
        "method": x.method,
        "url": x.url,
        "httpVersion": "HTTP/2.0",
        "cookies": named(x.cookies),
        "headers": headers,
        "queryString": named(x.query),
        "headersSize": headers_size(headers),
        "bodySize": x.post_size,
        **post_data(x, params=[]),
    }
    answer = named(x.response_headers)
    response = {
        "status": x.status or -1,
        "statusText": x.reason,
        "httpVersion": "HTTP/2.0",
        "cookies": named(x.set_cookies),
        "headers": answer,
        "content": {"size": x.size, "mimeType": x.mime, "compression": 0, **text_of(x)},
        "headersSize": headers_size(answer),
        "bodySize": x.size // 3,
        "redirectURL": x.location,
        "_transferSize": x.size // 3,
    }
    return {
        **wire.pageref(x),
        "startedDateTime": wire.started(x),
        "time": time,
        "request": request,
        "response": response | ({"_failureText": x.error} if x.error else {}),
        "cache": {},
        "timings": parts,
        "serverIPAddress": x.site.address,
        "_serverPort": 443,
        "_securityDetails": _TLS,
    }


def firefox_log(pages: list[Object], entries: list[str]) -> Object:
    name = {"name": "Firefox", "version": "125.0.2"}
    return {"version": "1.2", "creator": name, "browser": name, "pages": pages, "entries": entries}


def firefox(x: Exchange, wire: Wire) -> Object:
    parts, time = timings(x, 0, "blocked dns connect ssl send wait receive")
    first = [("Host", x.site.host), ("User-Agent", _FIREFOX_AGENT)]
    headers = named(first + titled(x.request_headers))
    request = {
        "bodySize": x.post_size,
        "method": x.method,
        "url": x.url,
        "httpVersion": "HTTP/2",
        "headers": headers,
        "cookies": named(x.cookies),
        "queryString": named(x.query),
        "headersSize": headers_size(headers),
        **post_data(x, params=[]),
    }
    answer = named(x.response_headers)
    response = {
        "status": x.status,
        "statusText": x.reason,
        "httpVersion": "HTTP/2",
        "headers": answer,
        "cookies": named(x.set_cookies),
        "content": {"mimeType": x.mime, "size": x.size, **text_of(x)},
        "redirectURL": x.location,
        "headersSize": headers_size(answer),
        "bodySize": x.size // 3,
    }
    return {
        **wire.pageref(x),
        "startedDateTime": wire.started(x),
        "request": request,
        "response": response,
        "cache": {},
        "timings": parts,
        "time": time,
        "_securityState": "secure",
        "serverIPAddress": x.site.address,
        "connection": "443",
    }


def fiddler_log(pages: list[Object], entries: list[str]) -> Object:
    # Fiddler's order is a hash table's and differs between versions. Entries before pages is the order that
    # asks most of a streaming reader, so it is the one to have, though real Fiddler has pages first.
    creator = {"name": "Fiddler", "comment": "https://fiddler2.com", "version": "5.0.20202.18177"}
    comment = "exported @ 05-03-2024 16:37:14"
    return {"entries": entries, "pages": pages, "comment": comment, "creator": creator, "version": "1.2"}


def fiddler(x: Exchange, wire: Wire) -> Object:
    parts, time = timings(x, 0, "ssl receive wait dns send connect")
    first = [("Host", x.site.host), ("Connection", "keep-alive"), ("User-Agent", _CHROME_AGENT)]
    headers = named(first + titled(x.request_headers))
    request = {
        "headersSize": headers_size(headers),
        "postData": {"text": x.post or "", "mimeType": "application/json" if x.post else ""},
        "queryString": named(x.query),
        "headers": headers,
        "bodySize": x.post_size,
        "url": x.url,
        "cookies": named(x.cookies),
        "method": x.method,
        "httpVersion": "HTTP/1.1",
    }
    answer = named(titled(x.response_headers))
    response = {
        "headersSize": headers_size(answer),
        "bodySize": x.size,
        "statusText": x.reason,
        "redirectURL": x.location,
        "status": x.status,
        "httpVersion": "HTTP/1.1",
        "cookies": named(x.set_cookies),
        "content": {"compression": 0, **text_of(x), "size": x.size, "mimeType": x.mime},
        "headers": answer,
    }
    port = 40_000 + x.index % 9999
    return {
        **wire.pageref(x),
        "time": time,
        "serverIPAddress": x.site.address,
        "connection": f"ClientPort:{port};EgressPort:{port + 1}",
        "request": request,
        "timings": {"blocked": -1} | parts,
        "response": response,
        "startedDateTime": wire.started(x, f"{x.index % 10_000:04}"),
        "cache": {},
    }


def bare(x: Exchange, wire: Wire) -> Object:
    """The least HAR 1.2 allows, about 500 bytes."""
    parts, time = timings(x, 2, "send wait receive")
    empty: Object = {"cookies": [], "headers": []}
    sizes = {"headersSize": -1, "bodySize": -1}
    request = {
        "method": x.method,
        "url": x.url,
        "httpVersion": "HTTP/1.1",
        **empty,
        "queryString": [],
        **sizes,
    }
    response = {
        "status": x.status,
        "statusText": x.reason,
        "httpVersion": "HTTP/1.1",
        **empty,
        "content": {"size": x.size, "mimeType": x.mime, **text_of(x)},
        "redirectURL": x.location,
        **sizes,
    }
    entry = wire.pageref(x) | {"startedDateTime": wire.started(x), "time": time}
    return entry | {"request": request, "response": response, "cache": {}, "timings": parts}


def _playwright_page_id(number: int) -> str:
    return f"page@{number * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128:032x}"


def _fiddler_page_id(number: int) -> str:
    return str(number - 1)


CHROME = Wire(chrome_log, indent=2)
COMPACT = Wire(chrome_log)
PLAYWRIGHT = Wire(playwright_log, page_id=_playwright_page_id)
FIREFOX = Wire(firefox_log, indent=2, zone="+01:00")
FIDDLER = Wire(fiddler_log, separators=(", ", ":"), bom=b"\xef\xbb\xbf", page_id=_fiddler_page_id, zone="+02:00")
