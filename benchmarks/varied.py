"""HARs of very many small entries, hardly two alike: `python -m benchmarks.varied --entries 1000000 -o big.har`.

Strategy: an index compresses what repeats, and `generate` repeats its pool. Here each entry draws host, path, numbers
and times of its own, and is written by one format string, at ten microseconds an entry. Hosts, types and statuses are
drawn with skewed weights, as one meets them.

Rules:
- The same arguments give the same bytes. Files of different seeds share hosts, as captures of one application do.
- An entry is about 700 bytes: the least that fills most columns of an index. There are no headers and no bodies.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Final

_HOSTS: Final = 300
#: Entries of a page, and pages at most.
_PAGE_ENTRIES: Final = 2_000
_MOST_PAGES: Final = 50
_BLOCK: Final = 2_000
_BEGIN: Final = datetime(2024, 3, 5, 14, tzinfo=UTC)

_PARTS: Final = ("www", "api", "cdn", "static", "img", "auth", "events", "m")
_WORDS: Final = (
    "items", "users", "orders", "search", "login", "assets", "build", "v1", "v2", "catalog", "price", "media",
    "thumbs", "session", "events", "track", "cart", "profile", "config", "feature", "locale", "bundle", "vendor",
    "chunk", "main", "app", "detail", "review", "stock", "offers",
)  # fmt: skip
#: Method, resource type, media type and ending, by how often they are seen.
_KINDS: Final = (
    (40, "GET", "xhr", "application/json; charset=utf-8", ""),
    (12, "POST", "fetch", "application/json", ""),
    (18, "GET", "image", "image/webp", ".webp"),
    (12, "GET", "script", "application/javascript", ".js"),
    (6, "GET", "stylesheet", "text/css", ".css"),
    (5, "GET", "document", "text/html; charset=utf-8", ""),
    (4, "GET", "font", "font/woff2", ".woff2"),
    (3, "OPTIONS", "preflight", "x-unknown", ""),
)
_STATUSES: Final = ((86, 200, "OK"), (5, 304, "Not Modified"), (4, 404, "Not Found"), (3, 302, "Found"), (2, 503, ""))

_ENTRY: Final = (
    '{"pageref":"page_%d","startedDateTime":"%s","time":%s,"_resourceType":"%s","request":{"method":"%s","url":"%s",'
    '"httpVersion":"HTTP/2.0","cookies":[],"headers":[],"queryString":[],"headersSize":-1,"bodySize":%d},'
    '"response":{"status":%d,"statusText":"%s","httpVersion":"HTTP/2.0","cookies":[],"headers":[],'
    '"content":{"size":%d,"mimeType":"%s"},"redirectURL":"","headersSize":-1,"bodySize":%d,"_transferSize":%d},'
    '"cache":{},"timings":{"blocked":%s,"dns":-1,"connect":-1,"ssl":-1,"send":%s,"wait":%s,"receive":%s},'
    '"serverIPAddress":"%s","connection":"%d"}'
)


class _Entries:
    """Draws entries in order of time."""

    def __init__(self, seed: int, pages: int) -> None:
        self._pages = pages
        sites = Random(1)
        self._rng = Random(seed)
        self._started = _BEGIN
        self._hosts = [_host(sites, number) for number in range(_HOSTS)]
        self._host_weights = list(accumulate(1 / (number + 1) for number in range(_HOSTS)))
        self._kind_weights = list(accumulate(kind[0] for kind in _KINDS))
        self._status_weights = list(accumulate(status[0] for status in _STATUSES))

    def block(self, first: int, count: int) -> bytes:
        """Return consecutive entries, with commas between them."""
        rng = self._rng
        hosts = rng.choices(self._hosts, cum_weights=self._host_weights, k=count)
        kinds = rng.choices(_KINDS, cum_weights=self._kind_weights, k=count)
        statuses = rng.choices(_STATUSES, cum_weights=self._status_weights, k=count)
        drawn = zip(range(first, first + count), hosts, kinds, statuses, strict=True)
        return ",\n".join([self._entry(*one) for one in drawn]).encode()

    def _entry(
        self, number: int, site: tuple[str, str], kind: tuple[int, str, str, str, str], status: tuple[int, int, str]
    ) -> str:
        rng = self._rng
        _, method, resource_type, mime_type, ending = kind
        host, address = site
        self._started += timedelta(milliseconds=int(rng.random() * 80))
        wait = rng.expovariate(1 / 80)
        blocked, send, receive = rng.random() * 4, rng.random() / 3, rng.random() * 30
        size = int(200 * 1_000 ** rng.random())
        url = f"https://{host}/{rng.choice(_WORDS)}/{rng.choice(_WORDS)}/{rng.getrandbits(24)}{ending}"
        return _ENTRY % (
            number // _PAGE_ENTRIES % self._pages + 1,
            f"{self._started:%Y-%m-%dT%H:%M:%S}.{self._started.microsecond // 1000:03}Z",
            f"{blocked + send + wait + receive:.3f}",
            resource_type,
            method,
            f"{url}?page={number % 40}" if not ending else url,
            int(rng.random() * 2_000) if method == "POST" else 0,
            status[1],
            status[2],
            size,
            mime_type,
            size // 3,
            size // 3 + 120,
            f"{blocked:.3f}",
            f"{send:.3f}",
            f"{wait:.3f}",
            f"{receive:.3f}",
            address,
            number // 8 % 60_000,
        )


def _host(rng: Random, number: int) -> tuple[str, str]:
    name = f"{_PARTS[number % len(_PARTS)]}.site-{rng.getrandbits(16):04x}.example"
    return name, f"203.0.113.{rng.randrange(1, 255)}"


def chunks(entries: int, seed: int = 1) -> Iterator[bytes]:
    """Return a HAR of so many entries, piece by piece."""
    page_count = min(_MOST_PAGES, -(-entries // _PAGE_ENTRIES))
    made = _Entries(seed, page_count)
    pages = ",".join(
        f'{{"startedDateTime":"2024-03-05T14:{number:02}:00.000Z","id":"page_{number}","title":"Page {number}",'
        f'"pageTimings":{{"onContentLoad":{100 + number},"onLoad":{900 + number}}}}}'
        for number in range(1, page_count + 1)
    )
    creator = '{"name":"benchmarks","version":"1"}'
    yield f'{{"log":{{"version":"1.2","creator":{creator},"pages":[{pages}],"entries":[\n'.encode()
    for first in range(0, entries, _BLOCK):
        yield (b",\n" if first else b"") + made.block(first, min(_BLOCK, entries - first))
    yield b"\n]}}\n"


def main() -> None:
    """Write what the command line asks for."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.varied", description="Write a HAR of varied entries.")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("-o", "--output", type=Path, required=True)
    options = parser.parse_args()
    with options.output.open("wb") as file:
        file.writelines(chunks(options.entries, options.seed))


if __name__ == "__main__":
    main()
