"""How an export is asked for: parameters, HEAD, tags and content codings."""

from __future__ import annotations

import pytest

from tests.conftest import FIXTURES
from tests.support import hars
from tests.support.hars import decoded, imported
from tests.support.server import Server


@pytest.mark.parametrize(
    ("query", "named"),
    [
        ("format=xml", "format"),
        ("format=", "format"),
        ("order=size", "order"),
        ("fill=1", "fill"),
        ("bodies=some", "bodies"),
        ("bodies=max:", "bodies"),
        ("format=csv&bodies=true", "bodies"),
        ("format=parquet&bodies=none", "bodies"),
        ("format=csv&fill=true", "fill"),
        ("format=ndjson&max_part=500MB", "max_part"),
        ("max_part=10", "max_part"),
        ("max_part=big", "max_part"),
        ("format=har&format=csv", "format"),
        ("status=one", "status"),
        ("url~=(", "("),
        ("limit=5", "limit"),
    ],
)
def test_what_makes_no_sense_is_refused(stocked: tuple[Server, str], query: str, named: str) -> None:
    """A wrong name or value gets a 400 that names it, for GET and HEAD alike."""
    server, session = stocked
    status, answer = server.status("-g", f"/api/har/export/{session}?{query}")
    assert (status, answer["error"]) == (400, "Invalid request")
    assert named in answer["detail"]
    assert server.curl("-g", "-I", "-w", "%{http_code}", f"/api/har/export/{session}?{query}").endswith(b"400")


OPTIONS = [
    "",
    "method=GET",
    "order=time",
    "format=ndjson",
    "format=csv",
    "format=parquet",
    "format=parquet&bodies=true",
    "bodies=none",
    "fill=true",
    "max_part=1MB",
]


@pytest.mark.slow
@pytest.mark.parametrize("query", OPTIONS)
@pytest.mark.parametrize("coding", ["identity", "gzip", "zstd"])
def test_head_and_conditional_requests(stocked: tuple[Server, str], query: str, coding: str) -> None:
    """HEAD has GET's headers and no body, the same request the same bytes; who has them already is not sent them."""
    server, session = stocked
    arguments = [f"/api/har/export/{session}?{query}", "-H", f"Accept-Encoding: {coding}"]
    got, head = hars.headers(server, *arguments), hars.headers(server, "-I", *arguments)
    for one in (got, head):
        assert one.pop("content-disposition")[0].startswith('attachment; filename="Many_')
        del one["date"], one["x-request-id"]
        one.pop("transfer-encoding", None)  # of the body, which HEAD has none of
    assert got == head
    body = server.curl(*arguments)
    assert server.curl(*arguments) == body
    (tag,) = got["etag"]
    packed = "parquet" in query or "max_part" in query
    assert got.get("content-encoding", ["identity"]) == [coding if not packed else "identity"]
    for header, status in ((tag, 304), (f'"x", W/{tag}', 304), ("*", 304), ('"x"', 200)):
        answer = server.curl(
            "-o", "/dev/null", "-w", "%{http_code} %{size_download}", *arguments, "-H", f"If-None-Match: {header}"
        )
        assert answer.split() == [str(status).encode(), str(0 if status == 304 else len(body)).encode()]


@pytest.mark.slow
def test_tags_tell_exports_apart(stocked: tuple[Server, str]) -> None:
    """Each format, filter and coding has a tag of its own, which another import changes."""
    server, _ = stocked
    file = FIXTURES / "playwright-1.65_embed.har"
    session = imported(server, file)["sessionId"]

    def tags() -> list[str]:
        return [
            hars.headers(server, "-I", f"/api/har/export/{session}?{query}", "-H", f"Accept-Encoding: {coding}")[
                "etag"
            ][0]
            for query in ("", "method=GET", "method=POST", "order=time", "format=csv", "format=ndjson", "fill=true")
            for coding in ("identity", "gzip", "zstd")
        ]

    before = tags()
    assert len(set(before)) == len(before)
    assert tags() == before
    imported(server, file, "-F", f"sessionId={session}")
    assert not set(before) & set(tags())
    server.json("-X", "DELETE", f"/api/sessions/{session}")


@pytest.mark.slow
@pytest.mark.parametrize("coding", ["gzip", "zstd"])
@pytest.mark.parametrize("query", ["method=GET", "order=time", "format=ndjson", "format=csv", "fill=true"])
def test_codings_carry_the_same(stocked: tuple[Server, str], query: str, coding: str) -> None:
    """What is made on the way is the same in every coding."""
    server, session = stocked
    request = [f"/api/har/export/{session}?{query}"]
    assert decoded(server.curl(*request, "-H", f"Accept-Encoding: {coding}"), coding) == server.curl(*request)
