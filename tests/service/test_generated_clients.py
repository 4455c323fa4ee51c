"""Clients that are generated from the API's description work: in Python, and the types of TypeScript.

The generators are installed for it. Where that does not work, a test is skipped, and says why.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Final

import pytest

from tests.support.hars import imported
from tests.support.server import Server

pytestmark = pytest.mark.consumers

_PYTHON: Final = "openapi-python-client==0.26.1"
#: Media types of bodies that are bytes to a client.
_BINARY: Final = ("application/x-ndjson", "application/zstd", "application/offset+octet-stream")
_TYPESCRIPT: Final = ("openapi-typescript@7", "openapi-fetch@0.14", "typescript@5")

_USE_PYTHON: Final = """
import sys
from harlake_client import Client
from harlake_client.api.sessions import list_sessions, list_entries_of_session, create_session, show_session
from harlake_client.api.entries import show_script
from harlake_client.models import ErrorAnswer, NewSession

client = Client(base_url=sys.argv[1])
made = create_session.sync(client=client, body=NewSession(name="made"))
names = [one.name for one in list_sessions.sync(client=client).sessions]
assert names == ["made", sys.argv[3]], names
rows = list_entries_of_session.sync(sys.argv[2], client=client, limit=2)
assert rows.total == 5 and len(rows.entries) == 2, rows
assert rows.entries[0].url.startswith("http") and rows.entries[0].ordinal == 0, rows
script = show_script.sync(rows.entries[0].id, client=client)
assert "curl" in script, script
refused = show_session.sync("x", client=client)
assert isinstance(refused, ErrorAnswer) and refused.error == "Session not found", refused
"""

_USE_TYPESCRIPT: Final = """
import createClient from "openapi-fetch";
import type { paths } from "./harlake.js";

const client = createClient<paths>({ baseUrl: process.argv[2] });
const { data, error } = await client.GET("/api/sessions/{session_id}/entries", {
  params: { path: { session_id: process.argv[3] }, query: { limit: 2 } },
});
const url: string | undefined = data?.entries[0].url;
if (error || data.total !== 5 || !url?.startsWith("http")) throw new Error(JSON.stringify(error ?? data));
const sessions = (await client.GET("/api/sessions")).data?.sessions.map((one) => one.name);
if (sessions?.length !== 1) throw new Error(String(sessions));
"""


def _run(*command: str | Path, folder: Path) -> None:
    done = subprocess.run([str(part) for part in command], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture
def schema(api: Server, tmp_path: Path) -> Path:
    """The description, in a file."""
    file = tmp_path / "openapi.json"
    file.write_text(json.dumps(api.json(f"{api.url}/schema/openapi.json")))
    return file


def test_python(api: Server, traffic: Path, schema: Path, tmp_path: Path) -> None:
    """A client of openapi-python-client creates and lists."""
    environment = tmp_path / "environment"
    subprocess.run([sys.executable, "-m", "venv", str(environment)], check=True, capture_output=True)
    install = [str(environment / "bin" / "pip"), "install", "--quiet", _PYTHON]
    if subprocess.run(install, capture_output=True, check=False).returncode:
        pytest.skip(f"pip cannot install {_PYTHON}")
    made = tmp_path / "client"
    config = tmp_path / "config.yaml"
    config.write_text(
        "package_name_override: harlake_client\npost_hooks: []\n"
        "content_type_overrides:\n" + "".join(f"  {kind}: application/octet-stream\n" for kind in _BINARY)
    )
    generate = ("generate", "--path", schema, "--output-path", made, "--config", config, "--fail-on-warning")
    _run(environment / "bin" / "openapi-python-client", *generate, folder=tmp_path)
    session = imported(api, traffic)
    (made / "use.py").write_text(_USE_PYTHON)
    arguments = (api.url, session["sessionId"], session["sessionName"])
    _run(environment / "bin" / "python", made / "use.py", *arguments, folder=made)


def test_typescript(api: Server, traffic: Path, schema: Path, tmp_path: Path) -> None:
    """Types of openapi-typescript fit what the API answers, and what it takes."""
    npm, node = shutil.which("npm"), shutil.which("node")
    if npm is None or node is None:
        pytest.skip("Node.js is not installed")
    options = ("--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path))
    packages = (*_TYPESCRIPT, "@types/node@20")
    if subprocess.run([npm, "install", *options, *packages], capture_output=True, check=False).returncode:
        pytest.skip(f"npm cannot install {', '.join(packages)}")
    programs = tmp_path / "node_modules" / ".bin"
    _run(programs / "openapi-typescript", schema, "-o", tmp_path / "harlake.ts", folder=tmp_path)
    (tmp_path / "package.json").write_text('{"type": "module"}')
    (tmp_path / "use.ts").write_text(_USE_TYPESCRIPT)
    compiled = ("--strict", "--target", "es2022", "--module", "nodenext", "--types", "node", "--skipLibCheck")
    _run(programs / "tsc", *compiled, "use.ts", folder=tmp_path)
    session = imported(api, traffic)
    _run(node, "use.js", api.url, session["sessionId"], folder=tmp_path)
