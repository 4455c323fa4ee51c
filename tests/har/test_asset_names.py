"""Names of files: hashes of builds and versions go, words stay."""

from __future__ import annotations

import base64
import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.asset_names import without_hash, without_version


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("main.3f2a1b9c.chunk.js", "main.{hash}.chunk.js"),
        ("787.28cb0dcd.chunk.js", "787.{hash}.chunk.js"),
        ("runtime~main.a1b2c3d4.js", "runtime~main.{hash}.js"),
        ("main.aB3dE5fG.js.map", "main.{hash}.js.map"),
        ("app.abc123.js", "app.{hash}.js"),
        ("index-BfX1q2Zk.js", "index-{hash}.js"),
        ("index-CWbXqQpZ.js", "index-{hash}.js"),
        ("vendor-Dj-2_9aB.css", "vendor-{hash}.css"),
        ("index-legacy-BfX1q2Zk.js", "index-legacy-{hash}.js"),
        ("main-5PKI3RVT.js", "main-{hash}.js"),
        ("chunk-XQKWZABC.js", "chunk-{hash}.js"),
        (f"application-{hashlib.sha256(b'a').hexdigest()}.css", "application-{hash}.css"),
        (f"application-{hashlib.md5(b'a', usedforsecurity=False).hexdigest()}.js", "application-{hash}.js"),
        ("base.27e20196a850.css", "base.{hash}.css"),
        ("_app-0c1b2a3d4e5f6789.js", "_app-{hash}.js"),
        ("component---src-pages-index-tsx-1a2b3c4d5e6f70819203.js", "component---src-pages-index-tsx-{hash}.js"),
        ("site.fpxk2gjt8w.css", "site.{hash}.css"),
        ("DxQ3b7Zk.js", "{hash}.js"),
        ("index.d41d8cd9.css", "index.{hash}.css"),
    ],
)
def test_hashes_go(name: str, expected: str) -> None:
    """Of each builder, whatever it separates the hash by."""
    assert without_hash(name) == expected


@pytest.mark.parametrize(
    "name",
    [
        *("index.html", "style.min.css", "jquery.ui.widget.js", "user-UserCard.js", "view-Settings.js", "es2015.js"),
        *("feedback.css", "module2.js", "chapter12.html", "version2.js", "getting-started-with-python3.html"),
        *("report-2023.csv", "logo-large.png", "favicon.ico", "main.js.map", "_buildManifest.js", "styles.decade.css"),
        *(
            "react-dom.production.min.js",
            "inter-latin-400-normal.woff2",
            "banner-728x90.gif",
            "sha256.js",
            "a.b",
            ".js",
        ),
    ],
)
def test_words_stay(name: str) -> None:
    """Names of words and small numbers are names."""
    assert without_hash(name) == name


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("jquery-3.6.0.min.js", "jquery-{version}.min.js"),
        ("bootstrap.5.1.3.css", "bootstrap.{version}.css"),
        ("lodash@4.17.21", "lodash@{version}"),
        ("lib-v2.1.0-beta.1.js", "lib-{version}.js"),
        ("jquery-3.js", "jquery-3.js"),
    ],
)
def test_versions_go(name: str, expected: str) -> None:
    """A version has a dot in it."""
    assert without_version(name) == expected


@given(st.binary(min_size=8, max_size=8), st.sampled_from(["main.{}.js", "a/b-{}.css".rpartition("/")[2], "x_{}.mjs"]))
def test_hexadecimal_hashes_of_two_builds_are_one_name(seed: bytes, pattern: str) -> None:
    """Whatever the hash, hexadecimal ones of builders' usual lengths fold to the same name."""
    digest = hashlib.sha256(seed).hexdigest()
    for length in (8, 12, 16, 20, 32, 40, 64):
        assert without_hash(pattern.format(digest[:length])) == pattern.format("{hash}")


def test_most_base64_hashes_of_two_builds_are_one_name() -> None:
    """A few of a hundred look like a word, and no name can tell."""
    digests = [hashlib.sha256(bytes([number])).digest()[:6] for number in range(200)]
    names = [f"index-{base64.urlsafe_b64encode(digest).decode()}.js" for digest in digests]
    assert sum(without_hash(name) == "index-{hash}.js" for name in names) >= 190
