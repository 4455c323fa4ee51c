"""The whole redaction: planted secrets of many kinds go, what is none stays, and nothing breaks."""

from __future__ import annotations

import base64
import contextlib
import html
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote, unquote, unquote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.redact.config import Config, Level, parse_config
from harlake.har.redact.redactor import Redactor, learnable
from harlake.har.redact.report import RedactionReport
from tests.conftest import ROOT

_KEY = b"k" * 32
_SHARED = ROOT.parent / "shared" / "redaction"
#: What is planted makes this module long. Made up, of the shapes that drawn tokens have.
_A, _B, _C = "qZ7xW2mK9pL4vN8tR3yB6cD1", "Hk3Jd92LsPq0ZxMv7TnB5wRy", "f4Gh7Jk1Lz9Xc3Vb6Nm2Qw8E"
_HEX = "9c1b5e7d2f8a4c6e0b3d7f1a5c9e2b4d6f8a0c1e"


def _entry(**parts: Any) -> dict[str, Any]:
    request: dict[str, Any] = {"method": "GET", "url": "https://app.example/", "headers": [], "queryString": []}
    response: dict[str, Any] = {"status": 200, "headers": [], "content": {"size": 0, "mimeType": "text/plain"}}
    entry: dict[str, Any] = {"request": request, "response": response}
    side: dict[str, Any]
    for name, value in parts.items():
        if name in ("url", "postData", "queryString"):
            request[name] = value
        elif name in ("request_headers", "response_headers"):
            side = request if name.startswith("request") else response
            side["headers"] = [{"name": key, "value": text} for key, text in value.items()]
        elif name == "content":
            response["content"] = value
        else:
            entry[name] = value
    return entry


def _post(mime_type: str, text: str) -> dict[str, Any]:
    return {"postData": {"mimeType": mime_type, "text": text}}


def _body(mime_type: str, text: str, **more: str) -> dict[str, Any]:
    return {"content": {"size": len(text), "mimeType": mime_type, "text": text, **more}}


def redacted(entries: list[dict[str, Any]], level: Level = Level.SECRETS, **config: Any) -> list[dict[str, Any]]:
    """Return entries after both passes."""
    redactor = Redactor(Config(level, **config, key=_KEY))
    texts = [json.dumps(entry).encode() for entry in entries]
    for text in texts:
        redactor.learn(text)
    return [json.loads(redactor.redacted(text)) for text in texts]


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for inner in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        yield from _strings(inner)


def _readings(text: str, depth: int = 4) -> Iterator[str]:
    """Yield a text, and what it may stand for."""
    yield text
    if not depth:
        return
    others = {unquote(text), unquote_plus(text), html.unescape(text)}
    for encoded in re.findall(r"[A-Za-z0-9+/_-]{12,}={0,2}", text):
        bare = encoded.rstrip("=").replace("-", "+").replace("_", "/")
        if len(bare) % 4 != 1:
            others.add(base64.b64decode(bare + "=" * (-len(bare) % 4)).decode("latin-1"))
    with contextlib.suppress(ValueError):
        others.update(_strings(json.loads(text)))
    for other in others - {text}:
        yield from _readings(other, depth - 1)


def _holds(value: Any, needle: str) -> bool:
    return any(needle in reading for text in _strings(value) for reading in _readings(text))


_JWT = f"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiJhIn0.{_A}{_B}"

#: What holds a secret, and the secret.
_PLANTED: dict[str, tuple[dict[str, Any], str]] = {
    "WebSocket protocol": (_entry(request_headers={"Sec-WebSocket-Protocol": f"bearer, {_A}"}), _A),
    "Kubernetes protocol": (
        _entry(request_headers={"Sec-WebSocket-Protocol": f"base64url.bearer.authorization.k8s.io.{_A}, v4.channel"}),
        _A,
    ),
    "hex hmac": (_entry(url=f"https://cdn.example/video.mp4?exp=1764144000&hmac={_HEX}"), _HEX),
    "TOTP seed": (
        _entry(**_body("application/json", '{"mfa":{"seed":"JBSWY3DPEHPK3PXPJBSW2A7Q"}}')),
        "JBSWY3DPEHPK3PXP",
    ),
    "list of tokens": (_entry(**_body("application/json", json.dumps({"tokens": [_A, _B]}))), _B),
    "recovery codes": (
        _entry(**_body("application/json", '{"recoveryCodes":["8f2k-9x1m","q7w3-e5r8"]}')),
        "q7w3-e5r8",
    ),
    "JSON in a form": (
        _entry(**_post("application/x-www-form-urlencoded", "data=" + quote(json.dumps({"password": "tr0ub4dor&3x"})))),
        "tr0ub4dor&3x",
    ),
    "CSV column": (_entry(**_body("text/csv", f"user,api_key,plan\nbob,{_A},free\nann,{_B},paid\n")), _B),
    "CSV of quotes": (_entry(**_body("text/csv", f'user,"password",n\r\nbob,"{_C}",1\r\n')), _C),
    "plist": (_entry(**_body("application/xml", f"<dict><key>authToken</key><string>{_A}</string></dict>")), _A),
    "opaque data": (_entry(**_body("application/json", json.dumps({"data": _A + _B}))), _A + _B),
    "YAML": (_entry(**_body("text/yaml", f"db:\n  password: {_C}\n  port: 5432\n")), _C),
    "environment": (_entry(**_body("text/plain", f"NODE_ENV=production\nDB_PASSWORD={_C}\nPORT=1\n")), _C),
    "connection string": (
        _entry(**_body("application/json", '{"db":"postgres://app:s3cr3tPw9@db.internal/x"}')),
        "s3cr3tPw9",
    ),
    "setItem": (_entry(**_body("text/javascript", f'localStorage.setItem("auth_token","{_A}");')), _A),
    "header line": (_entry(**_body("text/plain", f"GET / HTTP/1.1\nAuthorization: Bearer {_A}\nAccept: */*\n")), _A),
    "value before name": (_entry(**_body("application/json", json.dumps([{"value": _A, "name": "apiToken"}]))), _A),
    "JSON in JSON in JSON": (
        _entry(**_body("application/json", json.dumps({"a": json.dumps({"b": json.dumps({"secret": _B})})}))),
        _B,
    ),
    "meta of other order": (_entry(**_body("text/html", f'<meta content="{_A}" name="csrf-token">')), _A),
    "data attribute": (_entry(**_body("text/html", f'<div data-api-key="{_A}"></div>')), _A),
    "multipart JSON": (
        _entry(
            **_post(
                "multipart/form-data; boundary=x",
                f'--x\r\nContent-Disposition: form-data; name="meta"\r\n\r\n{{"client_secret":"{_A}"}}\r\n--x--\r\n',
            )
        ),
        _A,
    ),
    "digest": (
        _entry(request_headers={"Authorization": f'Digest username="bob", realm="x", response="{_HEX[:32]}"'}),
        _HEX[:32],
    ),
    "AWS header": (
        _entry(
            request_headers={"Authorization": f"AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/x, Signature={_HEX}"}
        ),
        _HEX,
    ),
    "no scheme": (_entry(request_headers={"Authorization": _A}), _A),
    "reset link": (_entry(url=f"https://app.example/password/reset/{_A}"), _A),
    "jsessionid": (_entry(url=f"https://app.example/a;jsessionid={_HEX[:32].upper()}?x=1"), _HEX[:32].upper()),
    "JWT in a fragment": (_entry(url=f"https://app.example/#/cb?t={_JWT}"), f"{_A}{_B}"),
    "doubly encoded": (
        _entry(url="https://a.example/?u=" + quote(quote(f"https://b.example/?token={_A}", safe=""))),
        _A,
    ),
    "cookie of JSON": (
        _entry(request_headers={"Cookie": "auth=" + quote(json.dumps({"t": _C}))}),
        _C,
    ),
    "form of brackets": (
        _entry(**_post("application/x-www-form-urlencoded", "user%5Bpassword%5D=hunter2hunter&user%5Bname%5D=bob")),
        "hunter2hunter",
    ),
    "basic in JSON": (_entry(**_body("application/json", json.dumps({"header": f"Bearer {_A}"}))), _A),
    "custom member": (_entry(_debug={"accessToken": _A}), _A),
    "private key": (
        _entry(**_body("text/plain", f"-----BEGIN RSA PRIVATE KEY-----\n{_A}{_B}\n-----END RSA PRIVATE KEY-----\n")),
        f"{_A}{_B}",
    ),
    "OTP number": (_entry(**_post("application/json", '{"otp":482913}')), "482913"),
    "embedded base64": (
        _entry(
            url="https://a.example/?p="
            + base64.urlsafe_b64encode(json.dumps({"password": "tr0ub4dor3x"}).encode()).decode()
        ),
        "tr0ub4dor3x",
    ),
    "truncated JSON": (_entry(**_body("application/json", f'{{"a":1,"refresh_token":"{_A}')), _A),
    "set-cookie lines": (
        _entry(response_headers={"Set-Cookie": f"a=1; Path=/\nsid={_A}; HttpOnly"}),
        _A,
    ),
    "SSE": (_entry(**_body("text/event-stream", f'event: a\ndata: {{"access_token":"{_A}"}}\n\n')), _A),
    "GraphQL": (
        _entry(**_post("application/json", json.dumps({"query": f'mutation {{ login(apiKey: "{_A}") }}'}))),
        _A,
    ),
}


@pytest.mark.parametrize("what", _PLANTED)
@pytest.mark.parametrize("level", Level)
def test_what_is_planted_goes(what: str, level: Level) -> None:
    """A secret is not left, in any encoding, and the entry around it is."""
    entry, secret = _PLANTED[what]
    assert _holds(entry, secret)
    (new,) = redacted([entry], level)
    assert not _holds(new, secret)
    assert [*new["request"]] == [*entry["request"]]


@pytest.mark.parametrize(
    "entry",
    [
        _entry(url="https://a.example/issues?state=open&code=DE&page=2&sort=key"),
        _entry(response_headers={"ETag": '"33a64df551425fcc55e4d42a148795d9f25f89d4"', "X-Request-Id": _HEX}),
        _entry(
            request_headers={"User-Agent": "Mozilla/5.0 Chrome/115.0.5790.170", "Accept-Language": "en-US,en;q=0.9"}
        ),
        _entry(
            **_body("application/json", '{"token_type":"bearer","max_tokens":4096,"author":"Jane Roe","code":"E_ARG"}')
        ),
        _entry(**_body("text/javascript", "function checkPassword(password){return password.length>8&&token!=null}")),
        _entry(
            **_body(
                "text/html", "<p>Forgot your password? Please enter it again.</p><input type=password name=password>"
            )
        ),
        _entry(**_body("application/json", '{"passwordLabel":"Enter your password","passwordMinLength":"8"}')),
        _entry(url="https://cdn.example/static/js/main.8f3a9c2b7d1e4f60a5b8.chunk.js"),
        _entry(**_body("text/css", ".token{color:red}.key{width:10px}")),
        _entry(
            request_headers={"Content-Type": "multipart/form-data; boundary=----WebKitFormBoundaryQvIMDtNkv9hpsSIK"}
        ),
    ],
)
def test_what_is_no_secret_stays(entry: dict[str, Any]) -> None:
    """An entry without secrets is the same bytes."""
    redactor = Redactor(Config(key=_KEY))
    text = json.dumps(entry, indent=1).encode()
    redactor.learn(text)
    assert redactor.redacted(text) == text


_SECRETS = st.text(st.sampled_from("abcdXYZ0189!&=+/ %\"'<>\\é€"), min_size=8, max_size=24).filter(
    lambda text: len(set(text.encode())) >= 5 and re.search("[a-z]", text) and text == text.strip() and "\\" not in text
)


@given(
    secret=_SECRETS,
    spell=st.sampled_from(
        [
            lambda text: text,
            lambda text: quote(text, safe=""),
            html.escape,
            lambda text: json.dumps({"x": text}),
            lambda text: json.dumps({"x": text}, ensure_ascii=False),
        ]
    ),
    before=st.sampled_from(["", "x ", "<p>", "é"]),
)
def test_what_is_learned_goes_everywhere(secret: str, spell: Any, before: str) -> None:
    """A password is also replaced where nothing says that it is one, in each spelling, before it was learned."""
    dull = _entry(comment=before + " " + spell(secret) + " .")
    login = _entry(**_post("application/json", json.dumps({"password": secret})))
    if _SKIPPED.search(secret):
        return
    first, second = redacted([dull, login])
    assert spell(secret) not in first["comment"]
    assert json.loads(second["request"]["postData"]["text"])["password"] != secret


_SKIPPED = re.compile(r"^[\d.,:+ eE/T Z-]+$|^[A-Za-z]+$|REDACTED|[(){}]")


@given(before=st.binary(max_size=5), after=st.binary(max_size=5))
def test_what_is_learned_goes_out_of_base64(before: bytes, after: bytes) -> None:
    """At each alignment, and what is around it stays what it was."""
    text = base64.b64encode(b" " + before + b" " + _A.encode() + b" " + after).decode()
    image = _entry(content={"size": 1, "mimeType": "image/png", "encoding": "base64", "text": text})
    new, _ = redacted([image, _entry(request_headers={"Cookie": f"sid={_A}"})])
    data = base64.b64decode(new["response"]["content"]["text"])
    assert _A.encode() not in data
    assert data.startswith(b" " + before + b" ")
    assert data.endswith(b" " + after)


def test_equal_secrets_become_equal() -> None:
    """So that a reader can follow them, and with another key they cannot be told."""
    entries = [_entry(request_headers={"Cookie": f"sid={_A}"}), _entry(url=f"https://a.example/?sid={_A}")]
    first, second = redacted(entries)
    pseudonym = re.search(r"REDACTED-\w+-([A-Z2-7]{10})", first["request"]["headers"][0]["value"])
    assert pseudonym
    assert pseudonym[1] in second["request"]["url"]


def test_jwt_keeps_its_claims() -> None:
    """Header and claims stay, the signature goes, and three parts of base64url are left."""
    (new,) = redacted([_entry(request_headers={"Authorization": f"Bearer {_JWT}"})])
    value = new["request"]["headers"][0]["value"]
    assert value.startswith(f"Bearer {_JWT.rpartition('.')[0]}.REDACTED-jwt-")
    assert value.count(".") == 2


def test_configuration() -> None:
    """Names, headers, paths, patterns and values of one's own count."""
    config = parse_config(
        json.dumps(
            {
                "level": "secrets",
                "names": {"redact": ["customerRef"], "keep": ["token"]},
                "headers": {"redact": ["X-Plan"], "keep": ["X-Acme"]},
                "paths": ["/account/(\\w+)"],
                "patterns": ["EMP-\\d{4}"],
                "values": {"redact": ["blue whale"], "keep": []},
            }
        ).encode()
    )
    entry = _entry(
        url="https://a.example/account/bob7",
        request_headers={"X-Plan": "gold", "X-Acme": _A},
        **_body("application/json", '{"customerRef":"c-17-xyz","token":"abc-def-123","n":"EMP-1234 blue whale"}'),
    )
    redactor = Redactor(replace(config, key=_KEY))
    text = json.dumps(entry).encode()
    redactor.learn(text)
    new = redactor.redacted(text).decode()
    for gone in ("c-17-xyz", "gold", "/account/bob7", "EMP-1234", "blue whale"):
        assert gone not in new
    for kept in (_A, "abc-def-123"):
        assert kept in new


def test_log_says_what_was_done() -> None:
    """The envelope is redacted as well, and its comment says so; the report has no values."""
    redactor = Redactor(Config(key=_KEY))
    log = {"version": b'"1.2"', "pages": json.dumps([{"title": f"https://a.example/?token={_A}"}]).encode()}
    redactor.learn(learnable(log))
    new = redactor.redacted_log(log)
    assert _A.encode() not in new["pages"]
    assert b"redacted by harlake at level secrets" in new["comment"]
    report = redactor.report()
    assert isinstance(report, RedactionReport)
    assert _A not in json.dumps(report.answer())


@pytest.mark.skipif(not _SHARED.is_dir(), reason="needs the planted HAR")
@pytest.mark.parametrize("level", Level)
def test_planted_har(level: Level) -> None:
    """None of its secrets is left, and all that is none stays."""
    har = json.loads((_SHARED / "planted.har").read_text())
    spec = json.loads((_SHARED / "secrets.json").read_text())
    redactor = Redactor(Config(level, key=_KEY))
    log = {name: json.dumps(value).encode() for name, value in har["log"].items() if name != "entries"}
    texts = [json.dumps(entry).encode() for entry in har["log"]["entries"]]
    for text in (*texts, learnable(log)):
        redactor.learn(text)
    new = [json.loads(redactor.redacted(text)) for text in texts]
    new.append({name: json.loads(value) for name, value in redactor.redacted_log(log).items()})
    readings = "\0".join({reading for text in _strings(new) for reading in _readings(text)})
    asked = [one for one in spec["secrets"] if level is not Level.SECRETS or one["cls"] == "secret"]
    assert [one["id"] for one in asked if any(needle in readings for needle in one["needles"])] == []
    if level is not Level.STRICT:
        plain = "\0".join(_strings(new))
        assert [one["what"] for one in spec["controls"] if one["value"] not in plain] == []


def test_the_same_with_and_without_the_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever finds them, the same is found; the report says what did."""
    text = (_SHARED / "planted.har").read_bytes() if (_SHARED / "planted.har").is_file() else b'{"log":{"entries":[]}}'
    entries = [json.dumps(entry).encode() for entry in json.loads(text)["log"]["entries"]]

    def all_redacted() -> tuple[list[bytes], str]:
        redactor = Redactor(Config(Level.PERSONAL, key=_KEY))
        learned = [redactor.learn(entry) for entry in entries]
        new = [redactor.entry(entry, edits) for entry, edits in zip(entries, learned, strict=True)]
        assert new == [redactor.redacted(entry) for entry in entries]
        return new, redactor.report().engine

    fast, _ = all_redacted()
    monkeypatch.setattr("harlake.har.redact.engine.hyperscan", None)
    monkeypatch.setattr("harlake.har.redact.prefilter.shared_engine", lambda *_: None)
    slow, engine = all_redacted()
    assert fast == slow
    assert engine == "numpy"
