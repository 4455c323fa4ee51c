"""WARC files: requests and responses are records of their own, which refer to each other (ISO 28500).

Strategy: of a record whose counterpart has not come, only its place is held, and of so many at a time only; most have
theirs beside them. A response without a request has been asked for by GET.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Generator, Iterator
from typing import Final

from harlake.formats.capture_format import Conversion
from harlake.formats.har_entry import Exchange, har_entry
from harlake.formats.har_text import har_text
from harlake.formats.http_message import HttpMessage, read_message
from harlake.formats.notes import Notes
from harlake.formats.source import Source
from harlake.formats.warc_records import WarcRecord, warc_records
from harlake.limits import KIB, Limits

#: Records that wait for their counterparts: a few MiB of fields.
_MOST_WAITING: Final = 4_096
_RESPONSES: Final = frozenset({"response", "revisit", "resource"})
#: Records that say something of others, or of the file.
_SILENT: Final = frozenset({"warcinfo", "metadata", "continuation", "conversion"})


def convert_warc(source: Source, limits: Limits) -> Generator[None, None, Conversion]:
    """Return the HAR that is made of a WARC file. Raises InvalidHarError."""
    yield
    notes = Notes()
    return Conversion(har_text(_Pairs(source, notes, limits).entries(), "WARC"), notes)


class _Pairs:
    """Brings requests and responses together."""

    def __init__(self, source: Source, notes: Notes, limits: Limits) -> None:
        self._source = source
        self._notes = notes
        self._limits = limits
        # By their ids; and these, by the id of the record that they name.
        self._waiting: OrderedDict[str, WarcRecord] = OrderedDict()
        self._named: dict[str, str] = {}

    def entries(self) -> Iterator[bytes]:
        """Yield the entries of all records, and nothing now and then."""
        for number, record in enumerate(warc_records(self._source)):
            kind = record.field("warc-type").lower()
            uri = record.field("warc-target-uri").strip("<>")
            if kind in _SILENT:
                yield b""
            elif not uri.lower().startswith(("http:", "https:")) or kind not in _RESPONSES | {"request"}:
                self._notes.add("records that are not of HTTP are left out", f"{kind} of {uri[:200]!r} at {record.at}")
            elif kind == "resource":
                yield self._entry(None, record)
            else:
                yield from self._take(record, is_request=kind == "request")
            if not number % 256:
                yield b""
        while self._waiting:
            yield self._alone(self._remove(next(iter(self._waiting))))

    def _take(self, record: WarcRecord, *, is_request: bool) -> Iterator[bytes]:
        name, other = record.field("warc-record-id") or f"at {record.at}", record.field("warc-concurrent-to")
        for key in (other, self._named.get(name, "")):
            found = self._waiting.get(key)
            if found is not None and _is_request(found) != is_request:
                self._remove(key)
                yield self._entry(record, found) if is_request else self._entry(found, record)
                return
        if len(self._waiting) >= _MOST_WAITING:
            yield self._alone(self._remove(next(iter(self._waiting))))
        self._waiting[name] = record
        if other:
            self._named[other] = name

    def _remove(self, name: str) -> WarcRecord:
        record = self._waiting.pop(name)
        self._named.pop(record.field("warc-concurrent-to"), None)
        return record

    def _alone(self, record: WarcRecord) -> bytes:
        return self._entry(record, None) if _is_request(record) else self._entry(None, record)

    def _entry(self, request: WarcRecord | None, response: WarcRecord | None) -> bytes:
        main = response or request
        assert main is not None
        url = main.field("warc-target-uri").strip("<>")
        sent = None if request is None else self._message(request)
        received = None if response is None else self._message(response)
        exchange = Exchange(
            url=url,
            request=sent or HttpMessage(("GET", url, "")),
            response=received,
            started=(request or main).field("warc-date"),
            server=main.field("warc-ip-address") or (request or main).field("warc-ip-address"),
        )
        return har_entry(exchange, self._notes, self._limits.max_entry_bytes // 2)

    def _message(self, record: WarcRecord) -> HttpMessage | None:
        fits = record.length * 4 // 3 <= self._limits.max_entry_bytes
        if not fits:
            what = f"{record.length:,} bytes at {record.at} of {record.field('warc-target-uri')[:200]!r}"
            self._notes.add("bodies are too large for an entry", what)
        data = self._source.read(record.start, record.length if fits else min(record.length, 64 * KIB))
        if record.field("warc-type").lower() == "resource":
            kind = record.field("content-type")
            return HttpMessage(("", "200", ""), [("Content-Type", kind)], data if fits else b"", -1, record.length)
        message = read_message(data)
        if message is None:
            self._notes.add("records that are no messages of HTTP", f"at {record.at}")
        elif not fits:
            message.body = b""
        if record.field("warc-type").lower() == "revisit":
            self._notes.add("bodies are in another record, or another file", record.field("warc-target-uri")[:200])
        return message


def _is_request(record: WarcRecord) -> bool:
    return record.field("warc-type").lower() == "request"
