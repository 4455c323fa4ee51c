"""A data folder with a session of one large capture of varied entries, made by each version."""

from __future__ import annotations

import json
import tempfile
import uuid
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from random import Random

from benchmarks.client import post
from benchmarks.files import File, said, varied
from benchmarks.servers import Server, harlake_server
from harlake.store.ids import entry_id

#: Entries of a second capture, on which what is loaded on demand is loaded; enough to have index files of its own.
_WARMING = 2_000
PAGE = 100


@dataclass(frozen=True, slots=True)
class Store:
    """A data folder, and what it holds."""

    data: Path
    source: Path | None
    session: str
    capture: uuid.UUID
    entries: int
    #: Bytes of everything but capture objects.
    index_bytes: int
    #: A session of a small capture.
    warming: str

    def serve(self) -> AbstractContextManager[Server]:
        """Serve it with the version that has made it."""
        return harlake_server(self.data, source=self.source)

    def page(self, rng: Random) -> str:
        """Return the path of a page at any place."""
        cursor = entry_id(self.capture, rng.randrange(max(1, self.entries - PAGE)))
        return f"/api/sessions/{self.session}/entries?limit={PAGE}&cursor={cursor}"


@contextmanager
def stores(folder: Path, sides: Mapping[str, Path | None], entries: int) -> Iterator[dict[str, Store]]:
    """Import the same file with each version."""
    with tempfile.TemporaryDirectory(dir=folder) as name:
        place = Path(name)
        with (
            said(f"importing {entries:,} entries with each version"),
            varied(place, entries) as file,
            varied(place, _WARMING, 2) as warming,
        ):
            made = {side: _store(place / side, source, file, warming) for side, source in sides.items()}
        yield made


def _store(data: Path, source: Path | None, file: File, warming: File) -> Store:
    with harlake_server(data, source=source) as server:
        answer = json.loads(post(f"{server.url}/api/har/import", file.path))
    index_bytes = index_size(data)
    with harlake_server(data, source=source) as server:
        warm = json.loads(post(f"{server.url}/api/har/import", warming.path))
    return Store(
        data=data,
        source=source,
        session=answer["sessionId"],
        capture=uuid.UUID(answer["captureId"]),
        entries=answer["imported"],
        index_bytes=index_bytes,
        warming=warm["sessionId"],
    )


def index_size(data: Path) -> int:
    """Return the bytes of a data folder beside those of capture objects."""
    files = (path for path in data.rglob("*") if path.is_file() and path.parent.name != "captures")
    return sum(path.stat().st_size for path in files)
