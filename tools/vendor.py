"""Fetch the page's libraries again, as `vendor.json` names them, or say where what is there differs: --check.

Files are those of the packages, but for what is replaced: names of modules, as browsers need paths, and the addresses
of source maps, which are not there. What has many packages is bundled into one file, which is the same each time.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import re
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any, Final

_FOLDER: Final = Path(__file__).parent.parent / "src" / "harlake" / "page" / "vendor"
_SOURCE_MAP: Final = re.compile(rb"\n//# sourceMappingURL=\S+\s*\Z")


def main() -> int:
    """Write or compare all files, and return the exit status."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; fail if anything differs")
    check = parser.parse_args().check
    differing = []
    vendored = json.loads((_FOLDER / "vendor.json").read_bytes())
    for files in (*map(_files, vendored["packages"]), *map(_bundle, vendored["bundles"])):
        for name, content in files.items():
            target = _FOLDER / name
            if target.is_file() and target.read_bytes() == content:
                continue
            differing.append(name)
            if not check:
                target.write_bytes(content)
    for name in differing:
        print(f"{'differs' if check else 'written'}: {name}")
    return 1 if check and differing else 0


def _files(package: dict[str, Any]) -> dict[str, bytes]:
    """Return the files of a package as they are served, by their names here."""
    with tempfile.TemporaryDirectory() as folder:
        tarball = _fetch(package, Path(folder))
        with tarfile.open(tarball) as archive:
            return {name: _file(archive, **how) for name, how in package["files"].items()}


def _bundle(bundle: dict[str, Any]) -> dict[str, bytes]:
    """Return one file out of a module and the packages that it imports, and the licences of these."""
    licences = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for package in bundle["packages"]:
            target = folder / "node_modules" / package["name"]
            target.mkdir(parents=True)
            with tarfile.open(_fetch(package, target)) as archive:
                archive.extractall(target, filter="data")
            root = target / "package"
            for part in root.iterdir():
                part.rename(target / part.name)
            licences += [f"{package['name']} {package['version']}\n\n", (target / "LICENSE").read_text("utf-8"), "\n"]
        module = folder / "bundle.js"
        module.write_bytes((_FOLDER.parents[3] / bundle["from"]).read_bytes())
        options = ("--bundle", "--format=esm", "--minify", "--target=es2022", "--legal-comments=none")
        program = ("npm", "exec", "--yes", f"--package=esbuild@{bundle['esbuild']}", "--", "esbuild")
        command = [*program, module.name, *options, "--log-level=warning"]
        content = subprocess.run(command, cwd=folder, check=True, stdout=subprocess.PIPE).stdout
    return {bundle["file"]: content, f"{Path(bundle['file']).stem}.LICENSE": "".join(licences).encode()}


def _fetch(package: dict[str, Any], folder: Path) -> Path:
    """Return the package's tarball. Raises SystemExit if it is another one than was vendored."""
    spec = f"{package['name']}@{package['version']}"
    command = ["npm", "pack", "--silent", "--pack-destination", str(folder), spec]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    (tarball,) = folder.glob("*.tgz")
    digest = base64.b64encode(hashlib.sha512(tarball.read_bytes()).digest()).decode()
    if package["integrity"] != f"sha512-{digest}":
        raise SystemExit(f"{spec} is not what was vendored: its integrity is sha512-{digest}")
    return tarball


def _file(archive: tarfile.TarFile, *, replace: dict[str, str] | None = None, **how: str) -> bytes:
    member = archive.extractfile(f"package/{how['from']}")
    assert member is not None
    content = _SOURCE_MAP.sub(b"\n", member.read())
    for old, new in (replace or {}).items():
        if old.encode() not in content:
            raise SystemExit(f"{how['from']} has no {old}")
        content = content.replace(old.encode(), new.encode())
    return content


if __name__ == "__main__":
    sys.exit(main())
