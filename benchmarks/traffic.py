"""The traffic a HAR records, before any producer's layout: exchanges of a few kinds on a few sites.

Strategy: a `Traffic` draws sites once, each with its cookies, tokens and server, as a browsing session meets
the same few servers again and again; then it makes exchanges on them, with bodies from `bodies`. Repeated
headers are most of why real HARs compress well (envelopes 17:1 with `zstd -1`), fresh tokens and dates are
why no better.

Rules:
- Header names are in lower case and pseudo-headers left out: a layout adds what its producer writes.
- What must differ between passes over the pool is a mark, a private-use character that `generate` replaces.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from benchmarks.bodies import Bodies

FIRST_HOUR = "2024-03-05T14"
HOUR = "\ue000"  # like FIRST_HOUR: startedDateTime advances by an hour per pass over the pool
SEQ = "\ue001"  # six digits in the query string that number the pass
NUM = "\ue002"  # on both sides of a string that is to become a JSON number ending in TICK
TICK = "\ue003"  # one digit, 1 to 9 so that no number gets a leading or a trailing zero
BIG = "\ue004"  # stands in for what is streamed: all entries, or the one big body

HOUR_MS = 3_600_000
Pairs = list[tuple[str, str]]

_ACCEPT = {
    "document": "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "xhr": "application/json, text/plain, */*",
    "script": "*/*",
    "stylesheet": "text/css,*/*;q=0.1",
    "image": "image/avif,image/webp,image/apng,image/svg+xml,image/*,*/*;q=0.8",
}
_DEST = {"document": "document", "xhr": "empty", "script": "script", "stylesheet": "style", "image": "image"}
_TEXTS = (
    ("document", "html", "text/html"),
    ("script", "js", "application/javascript"),
    ("stylesheet", "css", "text/css"),
)
_WORDS = ("items", "search", "users/me", "build/main", "img/a")
_ERRORS = ("net::ERR_ABORTED", "net::ERR_BLOCKED_BY_CLIENT", "net::ERR_INTERNET_DISCONNECTED")
_DAYS = ("Fri", "Sat", "Sun", "Mon", "Tue", "Wed", "Thu")  # 1 March 2024 was a Friday
_CSP = (
    "default-src 'self' https: data: blob:; script-src 'self' 'unsafe-inline' https://cdn.{0};"
    " img-src * data:; connect-src 'self' wss://live.{0}; frame-ancestors 'none'; upgrade-insecure-requests"
)
_SERVERS: tuple[Pairs, ...] = (
    [("server", "nginx"), ("x-frame-options", "SAMEORIGIN"), ("x-xss-protection", "1; mode=block")],
    [
        ("server", "cloudflare"),
        ("cf-cache-status", "DYNAMIC"),
        ("alt-svc", 'h3=":443"; ma=86400'),
        ("nel", '{"success_fraction":0,"report_to":"cf-nel","max_age":604800}'),
    ],
    [
        ("server", "AmazonS3"),
        ("via", "1.1 5fa120f79d5713714191c32768eca58c.cloudfront.net (CloudFront)"),
        ("x-cache", "Hit from cloudfront"),
        ("x-amz-cf-pop", "FRA56-P4"),
        ("accept-ranges", "bytes"),
    ],
    [
        ("server", "Apache/2.4.52 (Ubuntu)"),
        ("strict-transport-security", "max-age=31536000; includeSubDomains; preload"),
        ("access-control-allow-credentials", "true"),
        ("access-control-expose-headers", "X-Total-Count, Link"),
    ],
)


@dataclass(frozen=True, slots=True)
class Site:
    """A host with what stays the same between requests to it."""

    host: str
    address: str
    paths: list[str]
    cookies: Pairs
    server: Pairs
    bearer: str


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and its response; `text` is None where no body was kept, `page` is 0 where none."""

    index: int
    at_ms: int
    page: int
    kind: str
    site: Site
    path: str
    request_headers: Pairs
    response_headers: Pairs
    method: str = "GET"
    query: Pairs = field(default_factory=list)
    post: str | None = None
    cookies: Pairs = field(default_factory=list)
    set_cookies: Pairs = field(default_factory=list)
    status: int = 200
    reason: str = "OK"
    mime: str = "x-unknown"
    text: str | None = None
    base64: bool = False
    size: int = 0
    location: str = ""
    error: str | None = None
    waits: tuple[int, ...] = (1, 0, 0, 0, 20, 5)  # blocked, dns, connect, send, wait, receive, in ms

    @property
    def url(self) -> str:
        return f"https://{self.site.host}{self.target}"

    @property
    def target(self) -> str:
        return f"{self.path}?" + "&".join(f"{name}={value}" for name, value in self.query)

    @property
    def post_size(self) -> int:
        return len((self.post or "").encode())

    @property
    def clock(self) -> str:
        """The moment within the hour, "MM:SS.mmm"; HOUR comes before it."""
        return f"{self.at_ms // 60000:02}:{self.at_ms // 1000 % 60:02}.{self.at_ms % 1000:03}"


class Traffic:
    """Make the exchanges of one file in order of time."""

    def __init__(self, seed: int, pages: int) -> None:
        self.rng = Random(seed)
        self.bodies = Bodies(self.rng)
        self._pages = pages
        self._sites = [self._site(number) for number in range(12)]
        self._index = 0
        self._at_ms = 0

    def token(self, length: int = 32) -> str:
        return self.rng.randbytes(length // 2).hex()

    def uniform_log(self, low: int, high: int) -> int:
        """Return a size between `low` and `high`, each order of magnitude as likely."""
        return int(low * (high / low) ** self.rng.random())

    def _site(self, number: int) -> Site:
        # Every third site serves static files and sets no cookies.
        name = ("www", "api", "cdn")[number % 3]
        host = f"{name}.site-{self.token(4)}.example"
        cookies = [(f"_ga_{self.token(8)}", f"GS1.1.17{self.rng.randrange(10**8):08}.{n}.1.0") for n in range(2)]
        cookies += [("session", self.bodies.base64(64)), ("csrftoken", self.token()), ("consent", "1")]
        return Site(
            host,
            address=f"203.0.113.{self.rng.randrange(1, 255)}",
            paths=[f"/v{number % 3}/{self.token(6)}/{word}" for word in _WORDS],
            cookies=[] if name == "cdn" else cookies,
            server=self.rng.choice(_SERVERS),
            bearer=self.bodies.base64(280),
        )

    def _date(self) -> str:
        day, second = divmod(self.rng.randrange(28 * 86400), 86400)
        clock = f"{second // 3600:02}:{second // 60 % 60:02}:{second % 60:02}"
        return f"{_DAYS[day % 7]}, {day + 1:02} Mar 2024 {clock} GMT"

    def exchange(self, kind: str, mime: str, *, size: int = 0, extra: int = 0, **rest: Any) -> Exchange:
        """Make an exchange but for its body, with `extra` more headers and cookies; fields in `rest` win."""
        site = self.rng.choice(self._sites)
        cookies = site.cookies + [(f"_c{number}", self.token(40)) for number in range(extra // 2)]
        asked = self._request_headers(kind, site, cookies)
        asked += [(f"x-{self.token(6)}-trace", self.token(48)) for _ in range(extra)]
        answered = self._response_headers(kind, mime, site, size)
        if "post" in rest:
            asked += [("content-type", "application/json"), ("origin", f"https://{self._sites[0].host}")]
        if "location" in rest:
            answered += [("location", rest["location"])]
        fields: dict[str, Any] = {
            "path": self.rng.choice(site.paths),
            "cookies": cookies,
            "request_headers": asked,
            "response_headers": answered + [("set-cookie", "=".join(c)) for c in rest.get("set_cookies", ())],
            "query": [("page", str(self.rng.randrange(40))), ("_", f"{SEQ}{self._index:06}")],
            "waits": tuple(self.rng.choices((0, 1, 2, 8, 30, 90, 400), k=6)),
        }
        return self._numbered(kind, site, mime=mime, size=size, **(fields | rest))

    def _numbered(self, kind: str, site: Site, **fields: Any) -> Exchange:
        self._at_ms = min(self._at_ms + self.rng.randrange(1, 100), HOUR_MS - 1)
        page = self._index // 20 % self._pages + 1 if self._pages else 0
        self._index += 1
        return Exchange(self._index - 1, self._at_ms, page, kind, site, **fields)

    def _request_headers(self, kind: str, site: Site, cookies: Pairs) -> Pairs:
        headers = [
            ("accept", _ACCEPT[kind]),
            ("accept-encoding", "gzip, deflate, br, zstd"),
            ("accept-language", "en-US,en;q=0.9"),
            ("priority", "u=1, i"),
            ("referer", f"https://{self._sites[0].host}/"),
            ("sec-fetch-dest", _DEST[kind]),
            ("sec-fetch-mode", "cors"),
            ("sec-ch-ua", '"Chromium";v="124", "Google Chrome";v="124", "Not-A.Brand";v="99"'),
            ("sec-ch-ua-mobile", "?0"),
            ("sec-ch-ua-platform", '"Linux"'),
            ("sec-fetch-site", "same-site"),
        ]
        if cookies:
            headers += [("cookie", "; ".join(f"{name}={value}" for name, value in cookies))]
        if kind == "xhr":
            headers += [("authorization", f"Bearer {site.bearer}"), ("x-request-id", self.token())]
        return headers

    def _response_headers(self, kind: str, mime: str, site: Site, size: int) -> Pairs:
        headers = [
            *site.server,
            ("content-type", mime),
            ("date", self._date()),
            ("etag", f'W/"{self.token(16)}"'),
            ("cache-control", f"public, max-age={0 if kind in ('xhr', 'document') else 31536000}"),
            ("content-length", str(size)),
            ("vary", "Accept-Encoding"),
            ("x-request-id", self.token()),
        ]
        if kind != "image":
            headers += [("content-encoding", "br"), ("last-modified", self._date())]
        return headers + ([("content-security-policy", _CSP.format(site.host))] if kind == "document" else [])

    def xhr(self) -> Exchange:
        """A small JSON exchange, one in four a POST with a JSON body."""
        text = self.bodies.json(self.uniform_log(200, 12_000))
        posted = self.rng.random() < 0.25
        rest: dict[str, Any] = {"method": "POST", "post": self.bodies.json(300)} if posted else {}
        mime = "application/json; charset=utf-8"
        return self.exchange("xhr", mime, size=len(text.encode()), text=text, **rest)

    def text(self) -> Exchange:
        """HTML, JavaScript or CSS of 5 to 80 KB."""
        kind, language, mime = self.rng.choice(_TEXTS)
        text = self.bodies.text(language, self.uniform_log(5_000, 80_000))
        return self.exchange(kind, mime, size=len(text.encode()), text=text)

    def image(self, low: int = 5_000, high: int = 150_000) -> Exchange:
        mime, text = self.bodies.image(self.uniform_log(low, high))
        return self.exchange("image", mime, size=len(text) // 4 * 3, text=text, base64=True)

    def empty(self) -> Exchange:
        """A redirect, a 204 or a request that failed."""
        case: Callable[[], Exchange] = self.rng.choice([self._redirect, self._no_content, self._failed])
        return case()

    def _redirect(self) -> Exchange:
        location = f"https://{self._sites[0].host}/login?next={self.token(24)}"
        cookies = [("session", self.bodies.base64(64))]
        return self.exchange(
            "document", "text/html", status=302, reason="Found", location=location, set_cookies=cookies
        )

    def _no_content(self) -> Exchange:
        return self.exchange(
            "xhr", "x-unknown", status=204, reason="No Content", method="POST", post=self.bodies.json(200)
        )

    def _failed(self) -> Exchange:
        error = self.rng.choice(_ERRORS)
        return self.exchange("script", "x-unknown", status=0, reason="", error=error, response_headers=[])

    def headers(self) -> Exchange:
        """No body, 3 to 5 KB of headers and cookies once written compactly."""
        size = self.uniform_log(100, 9_000)
        return self.exchange("xhr", "application/json", size=size, extra=self.rng.randrange(3, 12))

    def tiny(self) -> Exchange:
        """The least an entry can say."""
        site = self.rng.choice(self._sites)
        fields: dict[str, Any] = {
            "path": self.rng.choice(site.paths),
            "query": [("_", f"{SEQ}{self._index:06}")],
        }
        waits = (0, 0, 0, *self.rng.choices(range(100), k=3))
        return self._numbered("xhr", site, waits=waits, request_headers=[], response_headers=[], **fields)
