"""What readers of HARs demand: compared with the real har-validator, and with what other readers' sources tell."""

from __future__ import annotations

import codecs
import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harlake.errors import HarlakeError
from harlake.har.parse.reader import HarReader
from harlake.har.validate import consumers
from harlake.har.validate.checker import Checker
from tests.conftest import FIXTURES, SHARED_HARS
from tests.support.complete_har import LOG, PATHS, changed, har_of
from tests.support.validation import check

_HAR_VALIDATOR = "har-validator@5.1.5"
_PROGRAM = """
const { har } = require("har-validator");
(async () => {
  const accepted = [];
  for (const text of JSON.parse(require("fs").readFileSync(0, "utf-8"))) {
    accepted.push(await har(JSON.parse(text)).then(() => true, () => false));
  }
  console.log(JSON.stringify(accepted));
})();
"""
_JUNK: list[Any] = [
    *(
        True,
        -1,
        0,
        1.5,
        1.0,
        10**30,
        "",
        "200",
        "x",
        "[::1]",
        "::ffff:1.2.3.4",
        "2001:db8::1",
        "1.2.3.256",
        "fe80::1%eth0",
    ),
    *("2024-02-29T10:00:00Z", "2023-02-29T10:00:00Z", "2024-01-31T10:00:00.1234567+0100", "2024-01-31", "31 Jan 2024"),
    *("20240131T100000Z", "2024-01-31T10:00:00", "2024-13-31T10:00:00Z", "2024-01-31T10:00:00Z and more"),
    *("http://a b", "//a/b", "data:,", [], [None], [1, "a"], {}, [{}], {"name": "a"}, [{"name": "a", "value": "b"}]),
]


def _documents() -> list[bytes]:
    """Return real HARs, our own, and the one with every member in which each is missing or junk in turn."""
    found = [har_of(changed(path, junk)) for path in PATHS for junk in (None, *_JUNK)]
    found += [har_of(_nulled(path)) for path in PATHS]
    for path in (*FIXTURES.glob("*.har"), *SHARED_HARS.glob("*/*.har")):
        data = path.read_bytes().removeprefix(codecs.BOM_UTF8)
        if not data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
            found.append(data)
    return found


def _nulled(path: tuple[Any, ...]) -> Any:
    log = changed(path, "null@")
    return json.loads(json.dumps(log).replace('"null@"', "null"))


@pytest.mark.slow
def test_har_validator_decides_the_same(tmp_path: Path) -> None:
    """Whatever is missing or odd, and in all real HARs, har-validator says what its profile says."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if node is None or npm is None:
        pytest.skip("node and npm are not installed")
    options = ("--silent", "--no-audit", "--no-fund", "--prefix", str(tmp_path))
    if subprocess.run([npm, "install", *options, _HAR_VALIDATOR], capture_output=True, check=False).returncode:
        pytest.skip(f"npm cannot install {_HAR_VALIDATOR}")
    documents, reasons = [], []
    for data in _documents():
        try:
            text = data.decode()
            reasons.append(check(data).refusals["harValidator"])
        except (HarlakeError, UnicodeDecodeError):
            continue
        documents.append(text)
    program = tmp_path / "program.cjs"
    program.write_text(_PROGRAM)
    run = subprocess.run([node, program], input=json.dumps(documents).encode(), capture_output=True, check=True)
    pairs = zip(documents, reasons, json.loads(run.stdout), strict=True)
    wrong = [(text[:3000], reason) for text, reason, accepted in pairs if accepted is not (reason is None)]
    assert wrong == []
    assert len(documents) > 1000


_ENTRY, _REQUEST, _RESPONSE = ("entries", 0), ("entries", 0, "request"), ("entries", 0, "response")


@pytest.mark.parametrize(
    ("path", "value", "refusing"),
    [
        (("pages",), None, {"firefox"}),
        (("pages",), [], set()),
        (("creator",), None, {"spec", "chrome", "harValidator"}),
        (("creator", "name"), None, {"spec", "harValidator"}),
        ((*_ENTRY, "time"), None, {"spec", "chrome", "harValidator"}),
        ((*_ENTRY, "time"), "12", {"spec", "harValidator"}),
        ((*_ENTRY, "cache"), None, {"spec", "firefox", "harValidator"}),
        ((*_ENTRY, "startedDateTime"), "31 Jan 2024", {"spec", "harValidator"}),
        ((*_ENTRY, "startedDateTime"), "soon", {"spec", "chrome", "harValidator"}),
        ((*_ENTRY, "serverIPAddress"), "[::1]", {"harValidator"}),
        ((*_REQUEST, "bodySize"), None, {"spec", "chrome", "harValidator"}),
        ((*_REQUEST, "bodySize"), 1.5, {"harValidator"}),
        ((*_REQUEST, "headers"), None, {"spec", "harValidator"}),
        ((*_RESPONSE, "status"), None, {"spec", "chrome", "playwright", "harValidator"}),
        ((*_RESPONSE, "headers"), None, {"spec", "playwright", "harValidator"}),
        ((*_RESPONSE, "content"), None, {"spec", "chrome", "firefox", "playwright", "harValidator"}),
        ((*_RESPONSE, "content", "mimeType"), None, {"spec", "harValidator"}),
        ((*_ENTRY, "timings", "send"), -1, {"spec"}),
        ((*_ENTRY, "timings", "wait"), None, {"spec", "chrome", "harValidator"}),
    ],
)
def test_each_reader_has_its_own_demands(path: tuple[Any, ...], value: Any, refusing: set[str]) -> None:
    """What one reader cannot do without, another does not miss; each says where it would stop."""
    refusals = check(har_of(changed(path, value))).refusals
    assert {name for name, reason in refusals.items() if reason is not None} == refusing
    shown = "log" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in path)
    assert all(reason is None or reason.startswith(f"{shown}: ") for reason in refusals.values())


def test_the_first_reason_is_that_of_the_first_entry() -> None:
    """Whichever way entries are read, the first one that a reader refuses is named."""
    entries = [LOG["entries"][0], *({"request": {"url": f"https://example.test/{n}"}} for n in range(2))]
    refusals = check(har_of(LOG | {"entries": entries})).refusals
    assert refusals["chrome"] == "log.entries[1].startedDateTime: startedDateTime is missing"
    assert refusals["firefox"] == "log.entries[1].response: response is missing"


def test_a_byte_order_mark_is_refused_by_playwright_alone() -> None:
    """It hands the whole text to JSON.parse, which wants none."""
    refusals = check(codecs.BOM_UTF8 + har_of(LOG)).refusals
    assert [name for name, reason in refusals.items() if reason] == ["playwright"]


def test_strings_have_a_longest_length() -> None:
    """A length is that in UTF-16, as JavaScript counts; that of Chrome is 536,870,888."""
    assert {one.longest for one in consumers.PROFILES if one.name == "chrome"} == {536_870_888}
    checker = Checker()
    for text in ("aé€😀", "", "a"):
        checker.measure(text.encode())
    assert checker._units == len("aé€😀a".encode("utf-16-le")) // 2


def test_what_is_longer_than_a_string_can_be_is_refused() -> None:
    """A reader that holds the text in one string refuses what no string can hold; Firefox's may be longer."""
    checker = Checker()
    reader = HarReader()
    reader.feed(har_of(LOG | {"entries": []}))
    reader.close()
    checker._units = 536_870_889
    list(checker.close(reader, "identity"))
    refusals = checker.report().refusals
    refusing = {name for name, reason in refusals.items() if reason is not None}
    assert refusing == {"chrome", "playwright", "harValidator"}
    assert str(refusals["chrome"]).startswith("log: 536870889 characters are more than")


def test_utf_16_is_refused_by_all() -> None:
    """Nobody reads UTF-16, and nothing that comes later is the reason."""
    refusals = check(har_of(LOG).decode().encode("utf-16")).refusals
    assert set(refusals.values()) == {"log: the file is UTF-16"}
