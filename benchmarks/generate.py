"""Write a deterministic, valid HAR of any size, fast: `python -m benchmarks.generate --size 10GB -o big.har`.

Strategy: render a pool of distinct entries once (16 MiB, or what the file needs), cut each at the few places
that must change, and cycle over the pool: per pass, put that pass's values into the places and join. The
Python work per entry is a few list assignments, so that a file is written at the speed of memory or disk.

Rules:
- The same arguments give the same bytes; a longer file without a big body starts with the same entries.
- A pass changes every entry's URL number, startedDateTime (an hour later) and time, and never its length.
- A file reaches the size asked for and passes it by less than one entry; `entries` asks for a count instead.
- The pool is larger than the window zstd has up to level 19 (8 MiB), so that cycling does not flatter ratios.
- Memory is the pool, one block of it joined and one chunk of a big body, whatever the size.
"""

import argparse
import re
import sys
from base64 import b64encode
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from benchmarks.shapes import SHAPES, Shape
from benchmarks.traffic import BIG, FIRST_HOUR, HOUR, SEQ, TICK, Traffic

POOL_BYTES = 16 << 20
BLOCK_BYTES = 1 << 20
_UNITS = {
    "": 1,
    "k": 10**3,
    "m": 10**6,
    "g": 10**9,
    "t": 10**12,
    "ki": 2**10,
    "mi": 2**20,
    "gi": 2**30,
    "ti": 2**40,
}
_MARKS = re.compile(f"([{HOUR}{SEQ}{TICK}])")


def parse_size(text: str) -> int:
    """Return the bytes in "200MB", "1.5 GiB", "64k" or "1000"; MB is a million, MiB is 2**20."""
    match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([kmgt]i?)?b?\s*", text, re.IGNORECASE | re.ASCII)
    if match is None:
        raise ValueError(f"not a size: {text!r} (say 200MB, 1.5GiB or 1000)")
    return round(float(match[1]) * _UNITS[(match[2] or "").lower()])


def _pass_values(number: int) -> dict[str, bytes]:
    """Return what takes the place of each mark in the `number`th pass, always as long."""
    hour = datetime.fromisoformat(f"{FIRST_HOUR}:00") + timedelta(hours=number)
    # Never 0: producers write no trailing zero in a decimal, and JSON allows no leading one in an integer.
    return {HOUR: f"{hour:%Y-%m-%dT%H}".encode(), SEQ: b"%06d" % number, TICK: b"%d" % (1 + number % 9)}


class _Block:
    """Consecutive entries of the pool as pieces to join, some of them places for a pass's values."""

    def __init__(self) -> None:
        self._pieces: list[bytes] = []
        self._places: dict[str, list[int]] = {mark: [] for mark in (HOUR, SEQ, TICK)}
        self._piece_ends: list[int] = []
        self._byte_ends: list[int] = []

    @property
    def size(self) -> int:
        return self._byte_ends[-1] if self._byte_ends else 0

    @property
    def count(self) -> int:
        return len(self._byte_ends)

    def add(self, entry: str) -> None:
        """Add an entry, its comma in front."""
        start = len(self._pieces)
        values = _pass_values(0)
        for piece in _MARKS.split(entry):
            if piece in self._places:
                self._places[piece].append(len(self._pieces))
            # Backslashes make a lone surrogate, which UTF-8 cannot carry, the JSON escape it came from.
            self._pieces.append(values.get(piece) or piece.encode("utf-8", "backslashreplace"))
        self._piece_ends.append(len(self._pieces))
        self._byte_ends.append(self.size + sum(map(len, self._pieces[start:])))

    def fitting(self, room: int) -> int:
        """Return how many entries it takes to fill `room` bytes, at most all."""
        return min(bisect_left(self._byte_ends, room) + 1, self.count)

    def render(self, number: int, count: int) -> bytes:
        """Return the first `count` entries as the `number`th pass writes them."""
        pieces = self._pieces
        for mark, value in _pass_values(number).items():
            for place in self._places[mark]:
                pieces[place] = value
        return b"".join(pieces if count == self.count else pieces[: self._piece_ends[count - 1]])


class _Pool:
    """Blocks of entries, taken from again and again."""

    def __init__(self, shape: Shape, traffic: Traffic, room: int, entries: int) -> None:
        """Render full blocks up to POOL_BYTES, or as little as fills `room` or makes `entries`."""
        self._blocks: list[_Block] = []
        self._turn = 0
        made = 0
        while made < min(POOL_BYTES, room) and entries > 0:
            block = _Block()
            while block.size < min(BLOCK_BYTES, room - made) and block.count < entries:
                block.add(shape.wire.comma + shape.next_entry(traffic))
            self._blocks.append(block)
            made += block.size
            entries -= block.count

    def take(self, room: int, entries: int) -> Iterator[bytes]:
        """Yield entries until `room` bytes are filled or `entries` are out; a later call goes on."""
        while room > 0 and entries > 0:
            number, index = divmod(self._turn, len(self._blocks))
            block = self._blocks[index]
            count = min(block.fitting(room), entries)
            chunk = block.render(number, count)
            self._turn += 1
            room -= len(chunk)
            entries -= count
            yield chunk

    def end_pass(self) -> int:
        """Return the number of the pass under way, and go on with the next."""
        blocks = max(1, len(self._blocks))
        number = max(0, self._turn - 1) // blocks
        self._turn = (number + 1) * blocks
        return number


def _big_chunks(size: int, seed: int) -> Iterator[bytes]:
    """Yield `size` characters, a multiple of four, of base64 that never repeats."""
    rng = Random(~seed)
    for start in range(0, size, BLOCK_BYTES):
        yield b64encode(rng.randbytes(min(BLOCK_BYTES, size - start) // 4 * 3))


def _big_entry(shape: Shape, traffic: Traffic, number: int, size: int, seed: int) -> Iterator[bytes]:
    block = _Block()
    block.add(shape.wire.comma + shape.big_entry(traffic, BIG, size // 4 * 3))
    head, tail = block.render(number, 1).split(BIG.encode())
    yield head
    yield from _big_chunks(size, seed)
    yield tail


def _entries(shape: Shape, seed: int, room: int, entries: int | None, big_body: int, pages: int) -> Iterator[bytes]:
    """Yield all entries, each with a comma in front."""
    traffic = Traffic(seed, pages)
    left = sys.maxsize if entries is None else entries - bool(big_body)
    room = room - big_body if entries is None else sys.maxsize
    pool = _Pool(shape, traffic, room, left)
    if big_body:
        for chunk in pool.take(room // 2, left // 2):
            room -= len(chunk)
            yield chunk
        # Drawn after the pool, the big entry is later than its pass: end that, to stay in order of time.
        yield from _big_entry(shape, traffic, pool.end_pass(), big_body, seed)
        left -= left // 2
    yield from pool.take(room, left)


def _stream(shape: Shape, size: int, seed: int, entries: int | None, big_body: int, pages: int) -> Iterator[bytes]:
    head, tail = shape.wire.frame(pages)
    yield head
    comma = len(shape.wire.comma)
    for chunk in _entries(shape, seed, size - len(head) - len(tail), entries, big_body, pages):
        yield chunk[comma:]
        comma = 0
    yield tail


def chunks(
    shape: str, size: int, *, seed: int = 1, entries: int | None = None, big_body: int = 0, pages: int = 10
) -> Iterator[bytes]:
    """Return a HAR of about `size` bytes, piece by piece, most of 1 MiB or more.

    `shape` is a key of `SHAPES`. With `entries` there are exactly so many, and `size` is ignored. With
    `big_body` one entry in the middle, counted in both, has a base64 text of that many bytes, rounded down to
    a multiple of four.
    """
    if shape not in SHAPES:
        raise ValueError(f"no shape {shape!r}, only {', '.join(SHAPES)}")
    return _stream(SHAPES[shape], size, seed, entries, big_body // 4 * 4, pages)


def main(argv: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.generate", description="Write a deterministic HAR.")
    parser.add_argument("--shape", choices=SHAPES, default="mixed")
    parser.add_argument("--size", type=parse_size, default=parse_size("200MB"), help="default 200MB")
    parser.add_argument("--entries", type=int, help="write exactly this many entries, whatever their size")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--pages", type=int, default=10)
    parser.add_argument("--big-body", type=parse_size, default=0, help="base64 bytes of one entry in the middle")
    parser.add_argument("-o", "--output", required=True, help="a file, or - for standard output")
    args = parser.parse_args(argv)
    har = chunks(args.shape, args.size, seed=args.seed, entries=args.entries, big_body=args.big_body, pages=args.pages)
    with nullcontext(sys.stdout.buffer) if args.output == "-" else Path(args.output).open("wb") as file:
        for chunk in har:
            file.write(chunk)


if __name__ == "__main__":
    main()
