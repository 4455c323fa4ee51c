"""What writing index rows takes: ``python -m benchmarks.scale.index_time FILE`` prints microseconds an entry as JSON.

It runs with the package of either version. The HAR is read first, so that what is timed is only what makes rows of
parsed entries, and puts them on the disk: in all threads, for rows are written in the background.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from importlib.util import find_spec
from os import environ
from pathlib import Path
from typing import Any

from benchmarks.files import generated, said
from benchmarks.scale.findings import Finding, Taken, against
from benchmarks.scale.goals import INDEX_TIME
from benchmarks.scale.setting import Setting

_CHUNK = 512 << 10
_STORED_BYTES = 1000


def measure(setting: Setting) -> Iterator[Finding]:
    """Time both versions on the same file, in turns."""
    took: dict[str, list[float]] = {side: [] for side in setting.sides}
    entries = setting.sizes.indexed
    with generated(setting.folder, "tiny", 0, entries=entries) as file, said("writing index rows"):
        for _ in range(setting.rounds):
            for side, source in setting.sides.items():
                took[side].append(_run(file.path, source, setting.folder) * entries / 1e6)
    now, before = (Taken(took[side], took[side]) for side in ("now", "before"))
    yield against(INDEX_TIME, f"{entries:,} entries", now, before)


def _run(file: Path, source: Path | None, folder: Path) -> float:
    command = [sys.executable, "-m", "benchmarks.scale.index_time", str(file), str(folder)]
    path = {} if source is None else {"PYTHONPATH": str(source)}
    run = subprocess.run(command, env={**environ, **path}, check=True, stdout=subprocess.PIPE)
    return float(json.loads(run.stdout))


def microseconds(file: Path, folder: Path) -> float:
    """Return the microseconds of processor time that an entry's row takes."""
    from harlake.har.parse.reader import HarReader
    from harlake.limits import Limits
    from harlake.store.capture_object import Frame

    reader = HarReader(Limits())
    blocks = []
    with file.open("rb") as har:
        while data := har.read(_CHUNK):
            blocks += reader.feed(data)
    blocks += reader.close()[0]
    with tempfile.TemporaryDirectory(dir=folder) as place, ThreadPoolExecutor(2) as threads:
        writer = _writer(Path(place), threads)
        begin = time.process_time()
        for number, block in enumerate(blocks):
            writer.add(block, Frame(number * _STORED_BYTES, _STORED_BYTES, len(block.data)))
        writer.close()
        spent = time.process_time() - begin
    return spent * 1e6 / sum(len(block.entries) for block in blocks)


def _writer(folder: Path, threads: ThreadPoolExecutor) -> Any:
    """Return what writes a capture's rows in the version that runs."""
    capture = uuid.uuid4()
    if find_spec("harlake.store.row_buffer"):  # rows were in a table
        catalog = import_module("harlake.store.catalog").Catalog(folder / "catalog.duckdb", "16MB")
        catalog.begin(capture)
        return import_module("harlake.store.row_buffer").RowBuffer(catalog, capture, threads)
    from harlake.store.index_rows import RowConverter
    from harlake.store.index_writer import IndexWriter
    from harlake.store.local_objects import LocalSink

    return IndexWriter(
        capture, lambda number: LocalSink(folder / f"{number}.parquet", lambda: None), RowConverter(), threads
    )


if __name__ == "__main__":
    print(json.dumps(microseconds(Path(sys.argv[1]), Path(sys.argv[2]))))
