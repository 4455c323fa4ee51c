"""Where an import's processor time goes: `python -m benchmarks.stages FILE` prints seconds per GB and stage as JSON.

Strategy: the importer's own parts, run one after the other in one thread, so that no stage waits for another. Over
HTTP they overlap, and share caches: the sum is close to what the server takes, not equal. Receiving is missing here;
it is what the server takes that throws its uploads away.

- hash: SHA-256 of the upload.
- decode: proving each entry, and taking what is indexed out of it: a typed msgspec decode.
- cut: the rest of reading: content coding, UTF-8, lines, finding where entries end.
- compress: zstd frames.
- index: the rest of storing: rows into the catalog, frames onto the disk.
"""

from __future__ import annotations

import hashlib
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import msgspec

from benchmarks.files import File
from harlake import memory
from harlake.har import entry
from harlake.har.parse.blocks import Block
from harlake.har.parse.gaps import Part
from harlake.store.capture_object import compressor
from harlake.store.capture_writer import CaptureWriter, Destination, UploadedFile, begin_capture
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id
from harlake.upload.upload_reader import UploadReader, UploadReport

#: What uvicorn hands on at a time, at most.
_CHUNK = 64 << 10


class Stages(msgspec.Struct, frozen=True):
    """Seconds of processor time per 10^9 bytes of a HAR, by stage."""

    file: str
    hash: float
    cut: float
    decode: float
    compress: float
    index: float


def stages(file: File, folder: Path) -> Stages:
    """Measure the stages in a process of their own, which leaves nothing behind."""
    memory.use_system_allocator()  # as a service does; the process has it before it loads Arrow
    command = [sys.executable, "-m", "benchmarks.stages", str(file.path), file.name, str(folder)]
    return msgspec.json.decode(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout, type=Stages)


def _measure(path: Path, name: str, folder: Path) -> Stages:
    scale = 1e9 / path.stat().st_size
    hashing = _hash(path)
    reading, decoding, compressing = _read(path)
    storing = _store(path, folder)
    return Stages(
        file=name,
        hash=hashing * scale,
        cut=(reading - hashing - decoding) * scale,
        decode=decoding * scale,
        compress=compressing * scale,
        index=(storing - compressing) * scale,
    )


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while data := file.read(_CHUNK):
            yield data


def _hash(path: Path) -> float:
    digest = hashlib.sha256()
    spent = 0.0
    for data in _chunks(path):
        begin = time.thread_time()
        digest.update(data)
        spent += time.thread_time() - begin
    return spent


def _read(path: Path) -> tuple[float, float, float]:
    """Return the seconds that reading takes, those of it for decoding, and those for compressing the blocks."""
    reader = UploadReader()
    compress = compressor().compress
    reading = decoding = compressing = 0.0
    for data in _chunks(path):
        begin = time.thread_time()
        blocks = _fed(reader, data)
        read = time.thread_time()
        for block in blocks:
            _decode(block)
        decoded = time.thread_time()
        for block in blocks:
            compress(block.data)
        compressing += time.thread_time() - decoded
        decoding += decoded - read
        reading += read - begin
    return reading, decoding, compressing


def _fed(reader: UploadReader, data: bytes) -> list[Block]:
    """Return the blocks that some bytes complete."""
    return list(_blocks(reader.feed(data)))


def _blocks(found: Iterator[list[Part]]) -> Iterator[Block]:
    return (part for parts in found for part in parts if isinstance(part, Block))


def _decode(block: Block) -> None:
    view = memoryview(block.data)
    for start, end in zip(block.starts, block.ends, strict=True):
        with suppress(msgspec.MsgspecError):  # an entry of odd types is read member by member, which counts as cutting
            entry.entry_decoder.decode(view[start:end])


def _store(path: Path, folder: Path) -> float:
    """Return the seconds that storing takes, on all of its threads: an import's less those for reading."""
    with tempfile.TemporaryDirectory(dir=folder) as place:
        data_dir = DataDir(Path(place))
        writer = begin_capture(data_dir)
        reader = UploadReader()
        not_storing = 0.0
        begin = time.process_time()
        for data in _chunks(path):
            before = time.thread_time()
            blocks = _fed(reader, data)
            not_storing += time.thread_time() - before
            for block in blocks:
                writer.append(block)
        for block in _blocks(reader.close()):
            writer.append(block)
        _complete(writer, reader.report())
        spent = time.process_time() - begin - not_storing
        data_dir.close()
    return spent


def _complete(writer: CaptureWriter, report: UploadReport) -> None:
    upload = UploadedFile(
        file_name="file.har",
        upload_bytes=report.upload_bytes,
        har_bytes=report.har_bytes,
        sha256=report.sha256,
        total=report.total,
        envelope=report.envelope,
    )
    writer.complete(upload, Destination(new_id(), "stages"), "stages")


if __name__ == "__main__":
    sys.stdout.buffer.write(msgspec.json.encode(_measure(Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]))))
