"""The composition root: imports change nothing in the process, and applications share nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from litestar import Litestar
from litestar.testing import TestClient

from harlake import server
from harlake.app import NoDataDir, create_app
from harlake.http1.limits import ConnectionLimits
from harlake.limits import Limits
from harlake.settings import Settings
from harlake.store.data_dir import DataDir
from tests.support.hars import numbered

#: Litestar 3 will want dependencies and bodies to be marked; until then, each application warns of each handler.
pytestmark = pytest.mark.filterwarnings("ignore::litestar.exceptions.LitestarDeprecationWarning")

_IMPORT_ALL = """
import gc, importlib, logging, os, pkgutil, signal, sys, threading
import pyarrow as pa

def state():
    return {
        "memory pool": pa.default_memory_pool().backend_name,
        "switch interval": sys.getswitchinterval(),
        "frozen objects": gc.get_freeze_count(),
        "signals": [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGPIPE)],
        "threads": threading.active_count(),
        "log handlers": (logging.root.level, list(logging.root.handlers)),
        "environment": dict(os.environ),
        "recursion": sys.getrecursionlimit(),
    }

before = state()
import harlake
names = [module.name for module in pkgutil.walk_packages(harlake.__path__, "harlake.")]
for name in names:
    if not name.endswith("__main__"):
        importlib.import_module(name)
after = state()
assert before == after, (before, after)

from harlake import memory, server
memory.use_system_allocator()
server.shorten_switch_interval()
assert state()["environment"] == before["environment"] | {"ARROW_DEFAULT_MEMORY_POOL": "system"}
assert state()["switch interval"] < before["switch interval"]
print(len(names))
"""


_IN_FOLDER = ("data_dir", "uploads", "kept_answers")


def _shared(app: Litestar) -> dict[str, Any]:
    """Return what an application without a data folder hands to its handlers, by name."""
    provided = {name: provide for name, provide in app.dependencies.items() if name not in _IN_FOLDER}
    return {name: provide.dependency() for name, provide in provided.items()}  # type: ignore[union-attr]


@pytest.mark.slow
def test_imports_change_nothing_in_the_process() -> None:
    """Only what is called sets the memory pool and the switch interval, and only in the process that serves."""
    done = subprocess.run([sys.executable, "-c", _IMPORT_ALL], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 80


def test_two_applications_share_nothing() -> None:
    """Whatever can change is made for each application; limits are frozen."""
    one, other = (_shared(create_app(Settings(), NoDataDir())) for _ in range(2))
    assert one.keys() == other.keys() >= {"admission", "statistics_cache", "limits"}
    assert [name for name in one if one[name] is other[name] and one[name] is not None] == []
    assert one["limits"] == other["limits"] == Limits()


def test_servers_share_no_buffer() -> None:
    """Each server's connections read into a buffer of the server's own."""
    one, other = (server._config(None, ConnectionLimits(), print).http for _ in range(2))
    assert one.args[0].obj is not other.args[0].obj  # type: ignore[union-attr]


def test_an_application_does_not_wait_for_another() -> None:
    """While one application reads an upload, another one validates."""
    busy, idle = (create_app(Settings(), NoDataDir()) for _ in range(2))
    _shared(busy)["admission"].uploads.reading.total_tokens = 0
    answer = TestClient(idle).post("/api/har/validate", files={"file": ("x.har", numbered(3))})
    assert (answer.status_code, answer.json()["entryCount"]) == (200, 3)


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/api/sessions"), ("GET", "/api/health"), ("POST", "/api/har/import")]
)
def test_without_a_data_folder_there_is_a_clear_error(method: str, path: str) -> None:
    """Handlers that need a data folder say that there is none; the application can be closed."""
    answer = TestClient(create_app(Settings(), NoDataDir())).request(method, path)
    assert answer.status_code == 500
    assert answer.json() == {
        "error": "Data folder unavailable",
        "detail": "this application has no data folder, and can validate only",
    }
    NoDataDir().close()


def test_a_private_application_has_no_time_limit_for_queries() -> None:
    """Its only client may take its time; the size of entries is the setting's."""
    app = create_app(Settings(max_entry_bytes=7), NoDataDir(), private=True)
    limits = _shared(app)["limits"]
    assert (limits.query_seconds, limits.max_entry_bytes) == (None, 7)


def test_statistics_are_cached_for_each_application(tmp_path: Path) -> None:
    """An import, and the same statistics twice: the second time they are the application's own."""
    data_dir = DataDir(tmp_path)
    try:
        app = create_app(Settings(), data_dir)
        client = TestClient(app)
        session = client.post("/api/har/import", files={"file": ("x.har", numbered(3))}).json()["sessionId"]
        first = client.get(f"/api/sessions/{session}/stats").json()
        assert first["total"] == 3
        assert len(_shared(app)["statistics_cache"]._entries) == 1
        assert client.get(f"/api/sessions/{session}/stats").json() == first
        assert len(_shared(create_app(Settings(), data_dir))["statistics_cache"]._entries) == 0
    finally:
        data_dir.close()
