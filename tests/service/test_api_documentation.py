"""docs/api.md is complete and true: routes, errors and limits are all there, and its lines work."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from harlake.api.admission import Admission
from harlake.errors import ClientLeftError, HarlakeError, InvalidHarError
from harlake.limits import DEFAULT_LIMITS, KIB, MIB
from harlake.query.sql_functions import AGGREGATES, FUNCTIONS, TABLE_FUNCTIONS, WINDOW_FUNCTIONS
from tests.conftest import FIXTURES
from tests.support.server import Server, start_server
from tests.support.shell_lines import API, README, broken_links, needs, paste, shell_blocks

_INSUFFICIENT_STORAGE = 507
_TEXT = API.read_text("utf-8")


def _subclasses(root: type[HarlakeError]) -> set[type[HarlakeError]]:
    return {root}.union(*(_subclasses(child) for child in root.__subclasses__()))


def _is_told(error: type[HarlakeError]) -> bool:
    """Return whether a client learns of an error what it can do; of :class:`ClientLeftError`, none learns at all."""
    if error.retry_after is not None or error.status == _INSUFFICIENT_STORAGE:
        return True
    return error.status < 500 and error is not ClientLeftError


_ANSWERS = sorted(
    (error for error in _subclasses(HarlakeError) if _is_told(error)),
    key=lambda error: error.__name__,
)


def _nameless(route: str) -> str:
    """Return a route without the names of its parameters."""
    return re.sub(r"\{\w+\}", "{}", route)


def test_every_route_is_documented(server: Server) -> None:
    """There is a heading for every route of the OpenAPI schema, and for no other."""
    paths = server.json(f"{server.url}/schema/openapi.json")["paths"]
    routes = {_nameless(f"{method.upper()} {path}") for path, methods in paths.items() for method in methods}
    headings = re.findall(r"^## ([A-Z]+ /\S+)$", _TEXT, re.MULTILINE)
    assert sorted(map(_nameless, headings)) == sorted(routes)


def test_every_route_has_a_line_to_paste() -> None:
    """Every section on a route has a curl line."""
    sections = re.split(r"^## ", _TEXT, flags=re.MULTILINE)
    routes = [section for section in sections if re.match(r"[A-Z]+ /", section)]
    assert [section.split("\n", 1)[0] for section in routes if "```sh\n" not in section] == []


@pytest.mark.parametrize("error", _ANSWERS)
def test_every_error_is_documented(error: type[HarlakeError]) -> None:
    """Every text that a client can be answered with is there, to the letter, and so is its status."""
    texts = {error.error}
    if issubclass(error, InvalidHarError):
        texts.add(error.validation_error)
    for text in texts:
        assert f"`{text}`" in _TEXT
    assert re.search(rf"^\| {error.status} \|.*`{error.error}`", _TEXT, re.MULTILINE) or error is InvalidHarError


def test_every_variable_is_in_the_readme() -> None:
    """Every variable that the service reads is in the README."""
    command = [sys.executable, "-m", "harlake", "serve", "--help"]
    shown = subprocess.run(command, capture_output=True, encoding="utf-8", check=True).stdout
    variables = set(re.findall(r"HARLAKE_\w+", shown))
    assert variables
    assert variables <= set(re.findall(r"HARLAKE_\w+", README.read_text("utf-8")))


def test_places_are_documented() -> None:
    """The table of requests at a time has the numbers of today, each class in a row."""
    table = _TEXT[_TEXT.index("### Many requests at once") : _TEXT.index("## Limits")]
    for one in Admission().classes().values():
        waiting = f"{one.most_waiting:,}" if one.most_waiting else "none"
        number = rf"{int(one.places.total_tokens):,}(, [^|]*)?"
        assert re.search(rf"^\| [^|]+ \| {number} \| {waiting} \| .*`{one.refusal.error}` \|$", table, re.MULTILINE), (
            one.name
        )
    assert len(re.findall(r"^\| .*` \|$", table, re.MULTILINE)) == len(Admission().classes())


def test_limits_are_documented() -> None:
    """The table of limits has the numbers of today."""
    limits = DEFAULT_LIMITS
    table = _TEXT[_TEXT.index("## Limits") :]
    for number in (
        f"{limits.max_entry_bytes // MIB} MiB",
        f"{limits.max_envelope_bytes // MIB} MiB",
        f"{limits.max_entry_depth:,} levels",
        f"{limits.max_envelope_depth} levels",
        f"{limits.max_expansion} times its size, counted from {limits.expansion_floor // MIB} MiB on",
        f"| {limits.max_problems} |",
        f"{limits.max_field_bytes // KIB} KiB",
        f"| {limits.max_parts} |",
    ):
        assert number in table


def test_functions_of_sql_are_documented() -> None:
    """The list of what a query may call is the one that is checked."""
    section = _TEXT[_TEXT.index("### What a query may have") : _TEXT.index("## GET /api/health")]
    listed = section[section.index("Functions and operators:") :]
    for group in (*FUNCTIONS, *AGGREGATES, *WINDOW_FUNCTIONS, *TABLE_FUNCTIONS):
        (item,) = re.findall(rf"^\* {re.escape(group.purpose)}: ((?:.+\n?(?:  .+\n)*))", listed, re.MULTILINE)
        assert set(re.findall(r"`([^`]+)`", item.split("\n* ")[0].split("\n\n")[0])) == group.names


@pytest.mark.parametrize("example", re.findall(r"^```json\n(.*?)^```$", _TEXT, re.MULTILINE | re.DOTALL))
def test_examples_are_json(example: str) -> None:
    """Every example of an answer is JSON."""
    assert isinstance(json.loads(example), dict)


def test_examples_have_the_fields_of_answers(server: Server) -> None:
    """The examples of answers have the fields that the service answers with, in the same order."""
    examples = [json.loads(text) for text in re.findall(r"^```json\n(.*?)^```$", _TEXT, re.MULTILINE | re.DOTALL)]
    file = FIXTURES / "playwright-1.65_embed.har"
    imported = server.import_file(file)
    session = f"/api/sessions/{imported['sessionId']}"
    listed = server.json(f"{session}/entries?limit=1")
    for answer in (
        imported,
        server.json("-F", f"file=@{file}", "/api/har/validate"),
        server.json(session),
        listed,
        server.json(f"{session}/stats"),
        server.json(f"{session}/diff/{imported['sessionId']}"),
    ):
        assert list(answer) in [list(example) for example in examples]
    server.json("-X", "DELETE", session)
    (entries,) = (example["entries"] for example in examples if "entries" in example)
    assert list(listed["entries"][0]) == list(entries[0])


@pytest.mark.slow
@needs("bash", "curl", "jq", "gzip", "zstd")
def test_lines_work_when_pasted(tmp_path: Path) -> None:
    """All curl lines work in their order, and the exports are what they say."""
    server = start_server(tmp_path / "data")
    try:
        paste("\n".join(shell_blocks(API)), tmp_path, server)
    finally:
        server.stop()
    exported = (tmp_path / "session.har").read_text("utf-8")
    assert paste("gzip -dc session.har.gz", tmp_path) == exported
    assert paste("zstd -dc session.har.zst", tmp_path) == exported
    assert len(list(tmp_path.glob("Imported_traffic_*.har"))) == 1
    assert len(list(tmp_path.glob("Checkout_*.har"))) == 1
    assert len(json.loads((tmp_path / "selected.har").read_bytes())["log"]["entries"]) == 1


def test_links_lead_somewhere() -> None:
    """Every heading and file that is linked is there."""
    assert broken_links(API) == []
