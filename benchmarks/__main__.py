"""``python -m benchmarks``: import, validate and export, beside what limits them, as ratios from one run.

For each size a HAR is generated, the server is started on an empty folder, and every measurement is repeated, the
things to be compared taking turns. What is printed is the median, and the peak of the resident memory over idle.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from benchmarks.generate import chunks, parse_size
from benchmarks.servers import Sampler, Server, harlake_server, limits_server, resident

MIB = 1 << 20

#: gzip takes 15 s a GB, and nothing is compared with it.
_GZIP_UP_TO = 1_000_000_000


@dataclass(frozen=True)
class Result:
    """One measurement: median seconds, what it is for, and the peak resident memory over idle in bytes."""

    name: str
    seconds: float
    size: int
    memory: int | None = None
    cpu: float | None = None

    @property
    def rate(self) -> float:
        """HAR bytes per second."""
        return self.size / self.seconds


def main() -> None:
    """Run the benchmarks that the command line asks for."""
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--size", type=parse_size, action="append", help="size of a HAR, as 200MB; may be repeated")
    parser.add_argument("--shape", default="mixed")
    parser.add_argument("--big-body", type=parse_size, default=0, help="one entry has a body of this size")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="where the files go (default: a temporary folder)")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as folder:
        for size in options.size or [parse_size("200MB"), parse_size("2GB")]:
            file = Path(folder) / f"{options.shape}.har"
            with file.open("wb") as out:
                for piece in chunks(options.shape, size, big_body=options.big_body):
                    out.write(piece)
            print(f"\n## {options.shape}, {file.stat().st_size / 1e6:,.0f} MB, {options.runs} runs\n", flush=True)
            _print(_measure(file, Path(folder), options.runs))


def _measure(file: Path, folder: Path, runs: int) -> dict[str, Result]:
    size = file.stat().st_size
    with limits_server() as limits, harlake_server(folder / "data") as server:
        session = ""

        def upload() -> None:
            nonlocal session
            if session:
                _curl("-X", "DELETE", f"{server.url}/api/sessions/{session}")
            session = json.loads(_post(f"{server.url}/api/har/import", file))["sessionId"]

        def export(*options: str) -> Callable[[], object]:
            return lambda: _curl(*options, "-o", "/dev/null", f"{server.url}/api/har/export/{session}")

        cases: dict[str, tuple[Callable[[], object], Server | None]] = {
            "zstd -1": (lambda: _run("zstd", "-1", "-q", "-f", str(file)), None),
            "discard": (lambda: _post(f"{limits.url}/discard", file), limits),
            "import": (upload, server),
            "validate": (lambda: _post(f"{server.url}/api/har/validate", file), server),
            "yield": (lambda: _curl("-o", "/dev/null", f"{limits.url}/yield/{size}"), limits),
            "export": (export(), server),
            "export zstd": (export("-H", "Accept-Encoding: zstd"), server),
        }
        if size <= _GZIP_UP_TO:
            cases["export gzip"] = (export("-H", "Accept-Encoding: gzip"), server)
        idle = {id(one): resident(one.pid) for one in (limits, server)}
        seconds: dict[str, list[float]] = {name: [] for name in cases}
        memory: dict[str, int] = {}
        cpu: dict[str, list[float]] = {name: [] for name in cases}
        for _ in range(runs):
            for name, (run, process) in cases.items():
                before = process.cpu_seconds() if process else 0.0
                with Sampler(process.pid if process else 0) as sampler:
                    begin = time.perf_counter()
                    run()
                    seconds[name].append(time.perf_counter() - begin)
                if process:
                    cpu[name].append(process.cpu_seconds() - before)
                    memory[name] = max(memory.get(name, 0), sampler.peak - idle[id(process)])
        stored = sum(one.stat().st_size for one in (folder / "data").rglob("*") if one.is_file())
        print(f"stored: {stored / size:.3f} bytes per byte")
    return {
        name: Result(
            name,
            statistics.median(times),
            size,
            memory.get(name),
            statistics.median(cpu[name]) if cpu[name] else None,
        )
        for name, times in seconds.items()
    }


#: Name, numerator, denominator, what must be reached, and what is reached for.
_BUDGET = [
    ("import : zstd -1", "import", "zstd -1", 0.6, 1.0),
    ("import : discard", "import", "discard", 0.25, 0.4),
    ("export : yield", "export", "yield", 0.4, 0.8),
    ("export zstd : export", "export zstd", "export", 3.0, 6.0),
    ("validate : import", "validate", "import", 1.0, 1.3),
]


def _print(results: dict[str, Result]) -> None:
    for one in results.values():
        memory = "" if one.memory is None else f"  +{one.memory / MIB:6.1f} MiB"
        cpu = "" if one.cpu is None else f"  {one.cpu / one.size * 1e9:5.2f} s CPU/GB"
        print(f"{one.name:12} {one.rate / 1e6:8,.0f} MB/s{cpu}{memory}")
    print()
    for name, above, below, must, reach in _BUDGET:
        ratio = results[above].rate / results[below].rate
        verdict = "reached" if ratio >= reach else "met" if ratio >= must else "NOT MET"
        print(f"{name:22} {ratio:6.2f}  (must {must}, reach for {reach}): {verdict}")


def _post(url: str, file: Path) -> bytes:
    return _curl("-X", "POST", url, "-F", f"file=@{file}")


def _curl(*arguments: str) -> bytes:
    return _run("curl", "-sS", "--fail-with-body", *arguments)


def _run(*command: str) -> bytes:
    return subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout


if __name__ == "__main__":
    main()
