"""The captures that the page shows: made once in a folder, and found there by later runs."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from benchmarks import varied
from benchmarks.client import curl, post
from benchmarks.files import check_room, said, size_name
from benchmarks.generate import chunks
from benchmarks.servers import harlake_server

_MANIFEST: Final = "captures.json"


@dataclass(frozen=True, slots=True)
class Sizes:
    """How much of everything, in entries, bytes and seconds."""

    entries: int = 1_000_000
    har: int = 5_000_000_000
    body: int = 50_000_000
    jumps: int = 12
    wheel_seconds: float = 3
    rounds: int = 5


FULL: Final = Sizes()
SMALL: Final = Sizes(entries=5_000, har=8_000_000, body=6_000_000, jumps=3, wheel_seconds=0.5, rounds=1)


class Capture(msgspec.Struct, frozen=True):
    """One that was imported, into a session of its own."""

    name: str
    session: str
    entries: int


class Captures(msgspec.Struct, frozen=True):
    """All of them, in one data folder."""

    folder: str
    #: Very many small entries.
    many: Capture
    #: Very many bytes.
    large: Capture
    #: One entry, with a long text.
    body: Capture
    sizes: Sizes

    @property
    def data(self) -> Path:
        """The data folder."""
        return Path(self.folder) / "data"

    @property
    def file(self) -> Path:
        """The file of the large one, to import again."""
        return Path(self.folder) / "large.har"


@contextmanager
def place(folder: Path | None) -> Iterator[Path]:
    """Give a folder for captures: the one that is asked for, or one that goes when it is left."""
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        yield folder
    else:
        with tempfile.TemporaryDirectory() as name:
            yield Path(name)


def captures(folder: Path, sizes: Sizes) -> Captures:
    """Return the captures in a folder, which are made if it has none of these sizes."""
    manifest = folder / _MANIFEST
    if manifest.exists():
        made = msgspec.json.decode(manifest.read_bytes(), type=Captures)
        if (made.sizes.entries, made.sizes.har, made.sizes.body) == (sizes.entries, sizes.har, sizes.body):
            return msgspec.structs.replace(made, folder=str(folder), sizes=sizes)
        raise SystemExit(f"{folder} has captures of other sizes")
    check_room(folder, 3 * sizes.har + 2_000 * sizes.entries)
    file, many, body = (folder / f"{name}.har" for name in ("large", "many", "body"))
    with said("making captures"):
        _write(file, chunks("mixed", sizes.har))
        _write(many, varied.chunks(sizes.entries))
        _write(body, _with_body(sizes.body))
        with harlake_server(folder / "data") as server:
            made = Captures(
                str(folder),
                _import(server.url, many, f"{sizes.entries:,} entries"),
                _import(server.url, file, size_name(sizes.har)),
                _import(server.url, body, f"A body of {size_name(sizes.body)}"),
                sizes,
            )
    many.unlink()
    body.unlink()
    manifest.write_bytes(msgspec.json.encode(made))
    return made


def _write(path: Path, pieces: Iterable[bytes]) -> None:
    with path.open("wb") as out:
        out.writelines(pieces)


def _import(url: str, file: Path, name: str) -> Capture:
    answer = json.loads(post(f"{url}/api/har/import", file))
    session = answer["sessionId"]
    curl(
        "-X",
        "PATCH",
        f"{url}/api/sessions/{session}",
        "-H",
        "content-type: application/json",
        "-d",
        json.dumps({"name": name}),
    )
    return Capture(name, session, answer["imported"])


def _with_body(size: int) -> Iterator[bytes]:
    """Yield a HAR of one entry, whose body is JSON of about so many bytes."""
    item = '{"id":%d,"name":"item %d","tags":["one","two"],"price":%d.5},\n'
    length = len(item % (10**6, 10**6, 10**3))
    items = "".join(item % (10**6 + number, number, number % 1000) for number in range(max(1, size // length)))
    text = json.dumps("[" + items + "null]")
    yield (
        '{"log":{"version":"1.2","creator":{"name":"benchmarks","version":"1"},"entries":['
        '{"startedDateTime":"2024-03-05T14:00:00.000Z","time":50,"request":{"method":"GET",'
        '"url":"https://api.example/items","httpVersion":"HTTP/2.0","cookies":[],"headers":[],"queryString":[],'
        '"headersSize":-1,"bodySize":0},"response":{"status":200,"statusText":"OK","httpVersion":"HTTP/2.0",'
        f'"cookies":[],"headers":[],"content":{{"size":{size},"mimeType":"application/json","text":{text}}},'
        '"redirectURL":"","headersSize":-1,"bodySize":-1},"cache":{},'
        '"timings":{"send":1,"wait":9,"receive":40}}]}}'
    ).encode()
