"""Redaction: how fast it is, with the engine and without it, and how many of the values that were planted it leaves.

Strategy: each file is read, learned from and written in this process, as `harlake redact` does; its time is what the
process used. With `--planted`, a folder of `planted.har` and `secrets.json` (`secrets`: `cls` and `needles`;
`controls`: `value`) says what must go, and what must stay, as it is written.

Rules:
- Values that are spelled in another way than they were planted are not looked for here: that takes another program.
"""

import argparse
import json
import time
from io import BytesIO
from pathlib import Path
from unittest.mock import patch

from harlake.errors import HarlakeError
from harlake.har.redact.config import Config, Level
from harlake.har.redact.engine import ENGINE
from harlake.limits import DEFAULT_LIMITS
from harlake.upload.redacted_upload import redacted_pieces


def main() -> None:
    """Print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("files", nargs="+", type=Path, help="HAR files, or folders of such")
    parser.add_argument("--planted", type=Path, help="folder of planted.har and secrets.json")
    options = parser.parse_args()
    files = [file for path in options.files for file in (sorted(path.rglob("*.har")) if path.is_dir() else [path])]
    print("| engine | MB | s of processor | MB/s |\n|---|---|---|---|")
    print(_row(ENGINE, files))
    with patch("harlake.har.redact.engine.hyperscan", None), patch("harlake.har.redact.prefilter.shared_engine", _none):
        print(_row("numpy", files))
    for level in Level if options.planted else ():
        print(_leaks(options.planted, level))


def _none(*_: object) -> None:
    """Stand for an engine that is not installed."""


def _row(engine: str, files: list[Path]) -> str:
    size, began = 0, time.process_time()
    for file in files:
        data = file.read_bytes()
        try:
            _redacted(data, Level.SECRETS)
        except HarlakeError:
            continue
        size += len(data)
    seconds = time.process_time() - began
    return f"| {engine} | {size / 1e6:.1f} | {seconds:.1f} | {size / 1e6 / seconds:.1f} |"


def _redacted(data: bytes, level: Level) -> bytes:
    return b"".join(redacted_pieces(BytesIO(data), Config(level), DEFAULT_LIMITS, BytesIO()))


def _leaks(folder: Path, level: Level) -> str:
    planted = json.loads((folder / "secrets.json").read_bytes())
    text = json.dumps(json.loads(_redacted((folder / "planted.har").read_bytes(), level)), ensure_ascii=False)
    parts = [level.value]
    for kind in ("secret", "personal"):
        values = [one for one in planted["secrets"] if (one["cls"] == "secret") == (kind == "secret")]
        left = sum(any(needle in text for needle in one["needles"]) for one in values)
        parts.append(f"{left} of {len(values)} {kind} values are left")
    lost = sum(json.dumps(one["value"], ensure_ascii=False)[1:-1] not in text for one in planted["controls"])
    return ", ".join([*parts, f"{lost} of {len(planted['controls'])} controls are lost"])


if __name__ == "__main__":
    main()
