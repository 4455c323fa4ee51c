"""Imports and exports through an S3 on this machine, against a local folder."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from benchmarks.budget import rounds
from benchmarks.client import curl, post
from benchmarks.files import File, generated, said
from benchmarks.measuring import Case, interleave, server_case
from benchmarks.scale.cluster import bucket, catalog
from benchmarks.scale.findings import Finding
from benchmarks.scale.goals import S3
from benchmarks.scale.setting import Setting
from benchmarks.servers import Server, harlake_server


def measure(setting: Setting) -> Iterator[Finding]:
    """Import a file into both, and export it again, in turns; the object is what the last import has left."""
    with ExitStack() as opened:
        place = Path(opened.enter_context(tempfile.TemporaryDirectory(dir=setting.folder)))
        file = opened.enter_context(generated(setting.folder, "mixed", setting.sizes.har))
        opened.enter_context(said(f"through S3 and not: {file.name}"))
        remote = opened.enter_context(bucket(setting.folder))
        options = ("--catalog", opened.enter_context(catalog()), "--objects", remote.url)
        servers = {
            "local": opened.enter_context(harlake_server(place / "local")),
            "S3": opened.enter_context(harlake_server(place / "s3", *options, environment=remote.environment)),
        }
        cases = [case for name, server in servers.items() for case in _cases(name, server, file)]
        measured = interleave(cases, setting.rounds, file=file.name, file_bytes=file.size, entries=lambda: 0)
    by_name = {one.name: one for one in measured}
    for what in ("import", "export"):
        local, s3 = by_name[f"local {what}"], by_name[f"S3 {what}"]
        yield Finding(
            S3.name,
            f"{what} of {file.name}",
            rounds(s3.seconds, local.seconds),
            rounds(s3.cpu_seconds, local.cpu_seconds) if all(s3.cpu_seconds) else [],
            {f"{one.name} MB/s": [one.file_bytes / 1e6 / seconds for seconds in one.seconds] for one in (local, s3)},
        )


def _cases(name: str, server: Server, file: File) -> list[Case]:
    session = ""

    def upload() -> None:
        nonlocal session
        if session:
            curl("-X", "DELETE", f"{server.url}/api/sessions/{session}")
        session = json.loads(post(f"{server.url}/api/har/import", file.path))["sessionId"]

    def export() -> None:
        curl("-o", "/dev/null", f"{server.url}/api/har/export/{session}")

    return [
        server_case(f"{name} import", "harlake", "", server, upload),
        server_case(f"{name} export", "harlake", "", server, export),
    ]
