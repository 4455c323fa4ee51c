"""What is measured on one file: harlake over HTTP, and, taking turns with it, what limits it."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from benchmarks.client import curl, post
from benchmarks.files import File
from benchmarks.measuring import Case, Run, run_command, server_case
from benchmarks.servers import Server, harlake_server, limits_server

#: gzip takes 15 s a GB, and nothing is compared with it.
_GZIP_UP_TO = 1_000_000_000


class Bench:
    """A harlake server and one that does nothing, and the cases that use them on one file.

    Imports replace each other, so the data folder holds one at a time; `entries` counts those of the last.
    """

    def __init__(self, harlake: Server, limits: Server, file: File, data: Path) -> None:
        self.entries = 0
        self._harlake = harlake
        self._limits = limits
        self._file = file
        self.data = data
        self._session = ""

    def cases(self) -> list[Case]:
        """Return all cases, each next to what it is compared with."""
        path, size = self._file.path, self._file.size
        cases = [
            command_case("cat", "reads the file", "cat", path),
            command_case("zstd -1", "compresses the file", "zstd", "-1", "-q", "-f", path, leaves=Path(f"{path}.zst")),
            self._limit("discard", "the same server, throwing the upload away", self._discard),
            self._own("import", "stores and indexes the upload", self.upload),
            self._own("salvage", "stores what is whole of the upload, as if it were damaged", self._salvage),
            self._own("validate", "checks the upload", self._validate),
            self._limit("yield", "the same server, sending as many bytes from memory", self._yield(size)),
            self._own("export", "sends the session as text", self._export()),
            self._own("export zstd", "sends the session as zstd", self._export("zstd")),
        ]
        if size <= _GZIP_UP_TO:
            cases.append(self._own("export gzip", "sends the session as gzip", self._export("gzip")))
        return cases

    def there_and_back(self) -> Case:
        """Return the case that is to be compared with programs that read a HAR and write one."""
        export = self._export()

        def both() -> None:
            self.upload()
            export()

        return self._own("import + export", "stores and indexes the upload, and sends it back as text", both)

    def redacted(self) -> list[Case]:
        """Return exports without secrets, beside one as it is; the file has been imported before."""
        return [
            self._own("export", "sends the session as text", self._export()),
            *(
                self._own(f"export {level}", f"sends it with redact={level}", self._export(query=f"?redact={level}"))
                for level in ("secrets", "strict")
            ),
        ]

    def upload(self) -> None:
        """Import the file, after removing what was imported before."""
        self._import()

    def _salvage(self) -> None:
        self._import("-F", "salvage=true")

    def _import(self, *options: str) -> None:
        if self._session:
            curl("-X", "DELETE", f"{self._harlake.url}/api/sessions/{self._session}")
        answer = json.loads(post(f"{self._harlake.url}/api/har/import", self._file.path, *options))
        self._session, self.entries = answer["sessionId"], answer["imported"]

    def stored(self) -> int:
        """Return how many bytes of disk the data folder takes."""
        return sum(one.stat().st_size for one in self.data.rglob("*") if one.is_file())

    def _discard(self) -> None:
        post(f"{self._limits.url}/discard", self._file.path)

    def _validate(self) -> None:
        post(f"{self._harlake.url}/api/har/validate", self._file.path)

    def _yield(self, size: int) -> Callable[[], object]:
        return lambda: curl("-o", "/dev/null", f"{self._limits.url}/yield/{size}")

    def _export(self, encoding: str = "identity", query: str = "") -> Callable[[], object]:
        accept = f"Accept-Encoding: {encoding}"
        path = "/api/har/export/"
        return lambda: curl("-H", accept, "-o", "/dev/null", f"{self._harlake.url}{path}{self._session}{query}")

    def _own(self, name: str, does: str, action: Callable[[], object]) -> Case:
        return server_case(name, "harlake", does, self._harlake, action)

    def _limit(self, name: str, does: str, action: Callable[[], object]) -> Case:
        return server_case(name, "limit", does, self._limits, action)


@contextmanager
def bench(file: File, folder: Path, source: Path | None = None) -> Iterator[Bench]:
    """Start the servers, harlake (of another version's ``source``, if it is given) on an empty data folder."""
    with (
        limits_server() as limits,
        tempfile.TemporaryDirectory(dir=folder) as data,
        harlake_server(Path(data), source=source) as harlake,
    ):
        yield Bench(harlake, limits, file, Path(data))


def command_case(name: str, does: str, *command: str | Path, leaves: Path | None = None) -> Case:
    """Return a case that runs a command, and removes what it leaves."""

    def run() -> Run:
        try:
            return run_command(command)
        finally:
            if leaves is not None:
                leaves.unlink(missing_ok=True)

    return Case(name, "limit", does, run)
