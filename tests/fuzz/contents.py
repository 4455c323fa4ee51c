"""What there is to ask for: sessions that are there from the beginning, and those that requests have made."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import httpx

from harlake.access.scopes import TokenScope
from harlake.access.token_file import TOKEN_FILE, TokenFile
from harlake.access.tokens import new_token
from tests.conftest import FIXTURES
from tests.fuzz.http_request import Names
from tests.support.hars import entry, har

#: Sessions that requests have made, of which so many are kept, and what is added to them: the folder does not grow.
_KEPT: Final = 10
_ADDED: Final = 6
_ENTRIES_EACH: Final = 4
#: Uploads that wait for bytes, and for how many.
_UPLOADS: Final = 12
UPLOAD_LENGTH: Final = "5000"

_FILES: Final = (
    *("playwright-1.65_embed", "mitmproxy-11.0_site", "handmade_wrong-types", "handmade_tricky-url"),
    *("handmade_lone-surrogates", "handmade_long-url"),
)
#: A HAR with a gap between two entries.
_DAMAGED: Final = har(entry(0), b'{"request":{"url":', entry(1))


def make_tokens(data_dir: Path) -> list[str]:
    """Make a token for each scope, and return them."""
    tokens = []
    for scope in TokenScope:
        token, kept = new_token([scope], scope.value)
        TokenFile(data_dir / TOKEN_FILE).add(kept)
        tokens.append(token)
    return tokens


def refill(service: httpx.Client) -> list[str]:
    """Leave some of the sessions that requests have made, and add some with every kind of entry.

    Return uploads of which nothing has arrived.
    """
    sessions = service.get("/api/sessions").json()["sessions"]
    kept = [one["id"] for one in sessions if one["entryCount"]][:_KEPT]
    for session in sessions:
        if session["id"] not in kept:
            service.delete(f"/api/sessions/{session['id']}")
    for number in range(_ADDED):
        session = _imported(service, _FILES[number])
        _imported(service, _FILES[0], sessionId=session)
    service.post("/api/har/import", data={"salvage": "true"}, files={"file": _DAMAGED})
    return [_created(service) for _ in range(_UPLOADS)]


def cancel_imports(service: httpx.Client) -> None:
    """End the imports that wait for the rest of an upload, which nobody sends."""
    for one in service.get("/api/imports").json()["imports"]:
        service.delete(f"/api/imports/{one['id']}")


def _created(service: httpx.Client) -> str:
    """Create an upload, and return its id."""
    answer = service.post("/api/uploads", headers={"Tus-Resumable": "1.0.0", "Upload-Length": UPLOAD_LENGTH})
    return answer.headers["location"].rpartition("/")[2]


def _imported(service: httpx.Client, name: str, **fields: str) -> str:
    """Import a fixture, and return the session that it is in."""
    answer = service.post("/api/har/import", data=fields, files={"file": (FIXTURES / f"{name}.har").read_bytes()})
    return str(answer.json()["sessionId"])


def names(service: httpx.Client, tokens: list[str], uploads: list[str]) -> Names:
    """Return what the names in requests stand for now."""
    found: dict[str, list[str]] = {
        "session": [one["id"] for one in service.get("/api/sessions").json()["sessions"]],
        "token": tokens,
        "upload": uploads,
        "host": [service.base_url.netloc.decode()],
        **{kind: [] for kind in ("entry", "capture", "digest", "cursor", "page")},
    }
    for capture in service.get("/api/captures").json()["captures"]:
        found["capture"].append(capture["id"])
        found["digest"].append(capture["sha256"])
    for session in found["session"]:
        for asked in ("", "&sort=-time", "&method=POST", "&mime=text/html&has_body=true"):
            listed = service.get(f"/api/sessions/{session}/entries?limit={_ENTRIES_EACH}{asked}").json()
            found["entry"] += [entry["id"] for entry in listed["entries"]]
            found["page"] += [entry["pageref"] for entry in listed["entries"] if entry["pageref"]]
            found["cursor"] += [listed["next"]] if listed["next"] else []
    return {name: list(dict.fromkeys(texts)) for name, texts in found.items()}
