"""Kinds of secrets that were thought up to be missed: what is found of each level, and what is known to be missed."""

from __future__ import annotations

import base64
import json
from typing import Any, Final

import pytest

from harlake.har.redact.config import Config, Level
from harlake.har.redact.redactor import Redactor

#: What is planted makes this module long. All of it is made up.
T: Final = "qZ7xW2mK9pL4vN8tR3yB6cD1"
H: Final = "9c1b5e7d2f8a4c6e0b3d7f1a5c9e2b4d6f8a0c1e"
P: Final = "Tr0ub4dor&3x"
B32: Final = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
J: Final = "application/json"
#: They have no name that says so, or one that is as often of something else.
_MISSED: Final = {
    Level.SECRETS: {"share link", "security answer", "mfa token", "priv jwk", "session obj"},
    Level.STRICT: {"security answer", "mfa token"},
}


def _headers(headers: dict[str, str] | None) -> list[dict[str, str]]:
    return [{"name": name, "value": value} for name, value in (headers or {}).items()]


def _entry(
    url: str = "https://a.example/",
    rh: dict[str, str] | None = None,
    qh: dict[str, str] | None = None,
    post: tuple[str, str] | None = None,
    body: tuple[str, str] | None = None,
    **more: Any,
) -> dict[str, Any]:
    request: dict[str, Any] = {"method": "POST", "url": url, "headers": _headers(qh), "cookies": [], "queryString": []}
    content: dict[str, Any] = {"size": 1, "mimeType": "text/plain"}
    if post:
        request["postData"] = {"mimeType": post[0], "text": post[1]}
    if body:
        content |= {"mimeType": body[0], "text": body[1]}
    return {"request": request, "response": {"status": 200, "headers": _headers(rh), "content": content}, **more}


_KINDS: dict[str, tuple[dict[str, Any], str]] = {
    "ws protocol bearer": (
        _entry(qh={"Sec-WebSocket-Protocol": f"graphql-ws, base64url.bearer.authorization.k8s.io.{T}"}),
        T,
    ),
    "hex hmac query": (_entry(f"https://a.example/cb?hmac={H}"), H),
    "totp seed json": (_entry(body=(J, json.dumps({"totp": {"seed": B32}}))), B32),
    "list of tokens": (_entry(body=(J, json.dumps({"tokens": [T, "x"]}))), T),
    "recoveryCodes": (_entry(body=(J, json.dumps({"recoveryCodes": ["a1b2c-3d4e5", "f6g7h-8i9j0"]}))), "a1b2c-3d4e5"),
    "json in form": (
        _entry(post=("application/x-www-form-urlencoded", "p=%7B%22password%22%3A%22" + "Tr0ub4dor" + "%22%7D")),
        "Tr0ub4dor",
    ),
    "csv column": (_entry(body=("text/csv", "id,api_key,name\n1," + T + ",bob\n")), T),
    "plist": (
        _entry(body=("application/xml", "<plist><dict><key>authToken</key><string>" + T + "</string></dict></plist>")),
        T,
    ),
    "data opaque": (_entry(body=(J, json.dumps({"data": T + T}))), T + T),
    "ini file": (_entry(body=("text/plain", "[db]\nuser=bob\npassword = " + P + "\n")), P),
    "env file": (_entry(body=("text/plain", "DB_PASSWORD=" + P + "\nPORT=80")), P),
    "jdbc url": (_entry(body=("text/plain", "jdbc:postgresql://h/db?user=a&password=Tr0ub4dor9")), "Tr0ub4dor9"),
    "mongo uri": (_entry(body=(J, json.dumps({"u": "mongodb+srv://bob:Tr0ub4dor9@h/db"}))), "Tr0ub4dor9"),
    "conn string azure": (
        _entry(
            body=(
                J,
                json.dumps(
                    {
                        "c": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey="
                        + base64.b64encode(b"x1Y2z3" * 8).decode()
                        + ";EndpointSuffix=core"
                    }
                ),
            )
        ),
        base64.b64encode(b"x1Y2z3" * 8).decode(),
    ),
    "ado conn": (_entry(body=("text/plain", "Server=h;Database=d;User Id=sa;Password=Tr0ub4dor9;")), "Tr0ub4dor9"),
    "curl -u": (_entry(body=("text/plain", "curl -u bob:Tr0ub4dor9 https://h/")), "Tr0ub4dor9"),
    "netrc": (_entry(body=("text/plain", "machine h login bob password Tr0ub4dor9")), "Tr0ub4dor9"),
    "x-vault": (_entry(qh={"X-Vault-Token": "s." + T}), T),
    "dpop hdr": (_entry(qh={"DPoP": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJhYmNkIn0." + T}), T),
    "aws chunk sig": (
        _entry(
            qh={
                "x-amz-content-sha256": "STREAMING",
                "Authorization": f"AWS4-HMAC-SHA256 Credential=AKIA/2/s3, SignedHeaders=host, Signature={H}",
            }
        ),
        H,
    ),
    "gcs signed": (_entry(f"https://s.example/o?X-Goog-Signature={H}&X-Goog-Expires=60"), H),
    "cloudfront": (_entry(f"https://s.example/o?Policy=abc&Signature={T}__&Key-Pair-Id=APKA"), T),
    "slack hook": (_entry(body=(J, json.dumps({"url": "https://hooks.slack.com/services/T00AB12/B00CD34/" + T}))), T),
    "discord hook": (
        _entry(body=(J, json.dumps({"url": "https://discord.com/api/webhooks/12345678901/" + T + T}))),
        T + T,
    ),
    "telegram": (_entry("https://api.telegram.org/bot123456789:AAE" + T + "abcdefghi/send"), "AAE" + T),
    "stripe client secret": (_entry(body=(J, json.dumps({"client_secret": "pi_3K_secret_" + T}))), T),
    "graphql vars": (_entry(post=(J, json.dumps({"query": "mutation{login}", "variables": {"input": {"pwd": P}}}))), P),
    "graphql inline": (
        _entry(post=(J, json.dumps({"query": 'mutation{login(user:"bob",password:"Tr0ub4dor9"){t}}'}))),
        "Tr0ub4dor9",
    ),
    "pin number": (_entry(post=(J, json.dumps({"pin": 483920}))), "483920"),
    "cvv": (_entry(post=("application/x-www-form-urlencoded", "cvv=837&x=1")), "=837"),
    "x-csrf hdr": (_entry(qh={"X-CSRF-Token": T}), T),
    "firebase refresh": (
        _entry(body=(J, json.dumps({"refreshToken": T, "stsTokenManager": {"accessToken": T + "a"}}))),
        T,
    ),
    "localStorage dump": (
        _entry(
            body=(J, json.dumps({"origins": [{"origin": "a", "localStorage": [{"name": "auth_token", "value": T}]}]}))
        ),
        T,
    ),
    "js assign": (_entry(body=("text/javascript", 'window.__CFG__={apiKey:"' + T + '"}')), T),
    "html meta": (_entry(body=("text/html", '<meta name="csrf-token" content="' + T + '">')), T),
    "html data attr": (_entry(body=("text/html", '<div data-token="' + T + '">')), T),
    "hidden input": (
        _entry(body=("text/html", '<input type=hidden name="__RequestVerificationToken" value="' + T + '">')),
        T,
    ),
    "viewstate": (_entry(body=("text/html", '<input name="__VIEWSTATE" value="/wEPDwUK' + T + T + T + '">')), T),
    "soap pw": (_entry(post=("text/xml", '<wsse:Password Type="x">Tr0ub4dor9</wsse:Password>')), "Tr0ub4dor9"),
    "xml attr": (_entry(post=("text/xml", '<conn user="a" password="Tr0ub4dor9"/>')), "Tr0ub4dor9"),
    "yaml": (_entry(body=("text/yaml", "db:\n  password: Tr0ub4dor9\n")), "Tr0ub4dor9"),
    "toml": (_entry(body=("text/plain", 'secret_key = "Tr0ub4dor9x"')), "Tr0ub4dor9x"),
    "authorization in body": (_entry(body=(J, json.dumps({"headers": {"Authorization": "Bearer " + T}}))), T),
    "apikey scheme": (_entry(qh={"Authorization": "ApiKey " + T}), T),
    "bare authorization": (_entry(qh={"Authorization": T}), T),
    "x-shopify": (_entry(qh={"X-Shopify-Access-Token": "shpat_" + H[:32]}), H[:32]),
    "cf-access": (_entry(qh={"CF-Access-Client-Secret": H}), H),
    "cf jwt": (_entry(qh={"Cf-Access-Jwt-Assertion": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJhYmNkIn0." + T}), T),
    "x-goog-iap": (_entry(qh={"X-Goog-Iap-Jwt-Assertion": "eyJhbGciOiJFUzI1NiJ9.eyJqdGkiOiJhYmNkIn0." + T}), T),
    "x-session": (_entry(rh={"X-Session-Id": T}), T),
    "php sess url": (_entry("https://a.example/x?PHPSESSID=" + H[:26]), H[:26]),
    "sid hex short": (_entry("https://a.example/x?sid=" + H[:16]), H[:16]),
    "magic link path": (_entry("https://a.example/magic/" + T), T),
    "unsubscribe": (_entry("https://a.example/unsubscribe/" + T), T),
    "share link": (_entry("https://drive.example/s/" + T), T),
    "location frag": (_entry(rh={"Location": "https://a.example/cb#access_token=" + T}), T),
    "set-cookie2": (_entry(rh={"Set-Cookie": "a=1; Path=/\nsid=" + T + "; HttpOnly"}), T),
    "jsonp": (_entry(body=("text/javascript", 'cb({"token":"' + T + '"})')), T),
    "sse": (_entry(body=("text/event-stream", 'event: t\ndata: {"token":"' + T + '"}\n\n')), T),
    "ws frame": (
        _entry(_webSocketMessages=[{"type": "send", "time": 1, "opcode": 1, "data": '42["auth","' + T + '"]'}]),
        T,
    ),
    "ws stomp": (
        _entry(
            _webSocketMessages=[
                {"type": "send", "time": 1, "opcode": 1, "data": "CONNECT\nlogin:bob\npasscode:Tr0ub4dor9\n\n\0"}
            ]
        ),
        "Tr0ub4dor9",
    ),
    "mqtt": (
        _entry(
            _webSocketMessages=[
                {
                    "type": "send",
                    "time": 1,
                    "opcode": 2,
                    "data": base64.b64encode(b'\x10\x00MQTT{"password":"Tr0ub4dor9"}').decode(),
                }
            ]
        ),
        "Tr0ub4dor9",
    ),
    "sigv2": (_entry(f"https://s.example/?AWSAccessKeyId=AKIAIOSFODNN7EXAMPLE&Signature={T}%3D&Expires=1"), T),
    "sas": (_entry(f"https://b.example/c?sv=2020&sr=b&sig={T}%3D&se=1"), T),
    "ntlm": (_entry(qh={"Authorization": "NTLM TlRMTVNTUAADAAAA" + T}), T),
    "digest": (
        _entry(qh={"Authorization": f'Digest username="bob", realm="r", nonce="n1", response="{H[:32]}"'}),
        H[:32],
    ),
    "ssn": (_entry(post=(J, json.dumps({"ssn": "078-05-1120"}))), "078-05-1120"),
    "security answer": (_entry(post=(J, json.dumps({"securityAnswer": "fluffy99"}))), "fluffy99"),
    "mother maiden": (_entry(post=(J, json.dumps({"secretAnswer": "Kowalski"}))), "Kowalski"),
    "one-time passwd": (_entry(post=(J, json.dumps({"oneTimePassword": "829103"}))), "829103"),
    "verificationCode": (_entry(post=(J, json.dumps({"verificationCode": "829103"}))), "829103"),
    "smsCode": (_entry(post=("application/x-www-form-urlencoded", "smsCode=829103&a=1")), "829103"),
    "mfa token": (_entry(post=(J, json.dumps({"mfa": {"code": "829103"}}))), "829103"),
    "backup_codes": (_entry(body=(J, json.dumps({"backup_codes": ["12345678", "87654321"]}))), "12345678"),
    "mnemonic": (
        _entry(
            body=(
                J,
                json.dumps({"mnemonic": "legal winner thank year wave sausage worth useful legal winner thank yellow"}),
            )
        ),
        "sausage",
    ),
    "priv jwk": (_entry(body=(J, json.dumps({"kty": "EC", "crv": "P-256", "x": "aaa", "d": T + T[:19]}))), T + T[:19]),
    "ssh key": (
        _entry(
            body=(
                "text/plain",
                "-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1rZXk\n" + T + "\n-----END OPENSSH PRIVATE KEY-----",
            )
        ),
        T,
    ),
    "pgp": (
        _entry(
            body=(
                "text/plain",
                "-----BEGIN PGP PRIVATE KEY BLOCK-----\n\n" + T + "\n-----END PGP PRIVATE KEY BLOCK-----",
            )
        ),
        T,
    ),
    "openai": (_entry(body=("text/plain", "use sk-proj-" + T + T)), T),
    "anthropic": (_entry(body=("text/plain", "use sk-ant-api03-" + T + T)), T),
    "groq": (_entry(body=("text/plain", "use gsk_" + T + T)), T),
    "replicate": (_entry(body=("text/plain", "use r8_" + T + T[:13])), T),
    "datadog": (_entry(qh={"DD-API-KEY": H[:32]}), H[:32]),
    "newrelic": (_entry(qh={"Api-Key": "NRAK-" + T.upper()}), T.upper()),
    "sentry dsn": (_entry(body=(J, json.dumps({"dsn": "https://" + H[:32] + "@o1.ingest.sentry.io/1"}))), H[:32]),
    "mapbox": (_entry("https://api.mapbox.example/?access_token=sk.eyJ1Ijoi" + T), T),
    "twilio": (
        _entry(
            qh={"Authorization": "Basic " + base64.b64encode(("AC1:" + H[:32]).encode()).decode()},
            body=("text/plain", "t " + H[:32]),
        ),
        H[:32],
    ),
    "mailgun": (_entry(body=("text/plain", "key-" + H[:32])), H[:32]),
    "google oauth code": (_entry("https://a.example/cb?code=4%2F0AX4XfWh" + T + "&scope=x"), T),
    "pkce": (_entry(post=("application/x-www-form-urlencoded", "grant_type=authorization_code&code_verifier=" + T)), T),
    "device_code": (_entry(post=("application/x-www-form-urlencoded", "grant_type=urn&device_code=" + T)), T),
    "saml art": (_entry("https://a.example/?SAMLart=" + T), T),
    "wresult": (
        _entry(
            post=("application/x-www-form-urlencoded", "wa=wsignin1.0&wresult=%3Ct%3ASig%3E" + T + "%3C%2Ft%3ASig%3E")
        ),
        T,
    ),
    "kerberos": (_entry(rh={"WWW-Authenticate": "Negotiate " + T + T}), T + T),
    "x-api-key lower": (_entry(qh={"x-functions-key": T}), T),
    "ocp": (_entry(qh={"Ocp-Apim-Subscription-Key": H[:32]}), H[:32]),
    "algolia": (_entry(qh={"X-Algolia-API-Key": H[:32]}), H[:32]),
    "pusher auth": (_entry(body=(J, json.dumps({"auth": "278d425bdf160c739803:" + H}))), H),
    "recaptcha": (_entry(post=("application/x-www-form-urlencoded", "g-recaptcha-response=03AGdBq2" + T + T)), T + T),
    "turnstile": (_entry(post=(J, json.dumps({"cf-turnstile-response": "0." + T + T}))), T + T),
    "grpc-web": (_entry(qh={"grpc-metadata-auth": T}), T),
    "x-amz-security-token": (_entry(qh={"X-Amz-Security-Token": "IQoJ" + T + T}), T),
    "url userinfo": (_entry("https://bob:Tr0ub4dor9@a.example/"), "Tr0ub4dor9"),
    "token userinfo": (_entry(f"https://{T}@git.example/r.git"), T),
    "nested url": (_entry("https://a.example/?next=https%3A%2F%2Fb.example%2F%3Ftoken%3D" + T), T),
    "double-nested": (_entry("https://a.example/?u=" + "https%253A%252F%252Fb%252F%253Fapi_key%253D" + T), T),
    "protobuf text": (_entry(body=("text/plain", 'access_token: "' + T + '"')), T),
    "log line": (_entry(body=("text/plain", "2026-01-01 INFO login user=bob token=" + T + " ok")), T),
    "psk wifi": (_entry(body=(J, json.dumps({"wifi": {"psk": "Tr0ub4dor9"}}))), "Tr0ub4dor9"),
    "passphrase": (_entry(post=(J, json.dumps({"passphrase": "correct horse battery"}))), "correct horse"),
    "kdf": (_entry(body=(J, json.dumps({"encryptedKey": T + T}))), T + T),
    "session obj": (_entry(body=(J, json.dumps({"session": {"id": T}}))), T),
    "cookie in json": (_entry(body=(J, json.dumps({"cookie": "sid=" + T + "; a=b"}))), T),
    "cookie js": (_entry(body=("text/javascript", 'document.cookie="sid=' + T + '; path=/"')), T),
    "curl -H": (_entry(body=("text/plain", "curl -H 'X-Token: " + T + "' https://h")), T),
    "x-forwarded-access-token": (_entry(qh={"X-Forwarded-Access-Token": T}), T),
    "remember_me": (_entry(qh={"Cookie": "remember_me=" + T}), T),
    "otpauth": (_entry(body=(J, json.dumps({"otpauth": "otpauth://totp/a?secret=" + B32 + "&issuer=a"}))), B32),
    "hex key": (_entry(body=(J, json.dumps({"aesKey": H[:32]}))), H[:32]),
    "license": (_entry(body=(J, json.dumps({"licenseKey": "ABCD1-EFGH2-IJKL3-MNOP4"}))), "EFGH2"),
    "gift": (_entry(post=(J, json.dumps({"giftCardPin": "8391"}))), "8391"),
    "impersonate": (_entry(qh={"X-Impersonation": T}), T),
    "push sub": (
        _entry(
            post=(
                J,
                json.dumps(
                    {
                        "endpoint": "https://fcm.googleapis.com/fcm/send/" + T + ":APA91b" + T,
                        "keys": {"auth": T, "p256dh": T + T},
                    }
                ),
            )
        ),
        "APA91b" + T,
    ),
    "ipa": (_entry(post=(J, json.dumps({"old_pw": "Hunter2x", "new_pw": "Hunter3x"}))), "Hunter3x"),
    "kennwort": (_entry(post=(J, json.dumps({"kennwort": "Hunter3x"}))), "Hunter3x"),
    "mot_de_passe": (_entry(post=("application/x-www-form-urlencoded", "mot_de_passe=Hunter3x&a=b")), "Hunter3x"),
    "wachtwoord": (_entry(post=(J, json.dumps({"wachtwoord": "Hunter3x"}))), "Hunter3x"),
    "haslo": (_entry(post=(J, json.dumps({"haslo": "Hunter3x"}))), "Hunter3x"),
    "clave": (_entry(post=(J, json.dumps({"clave": "Hunter3x"}))), "Hunter3x"),
}


@pytest.mark.parametrize("level", _MISSED)
@pytest.mark.parametrize("kind", _KINDS)
def test_kinds(kind: str, level: Level) -> None:
    """Each is taken out, or is known to stay."""
    entry, secret = _KINDS[kind]
    redactor = Redactor(Config(level, key=b"k" * 32))
    text = json.dumps(entry).encode()
    redactor.learn(text)
    new = json.loads(redactor.redacted(text))
    shown = json.dumps(new, ensure_ascii=False)
    for message in new.get("_webSocketMessages", ()):
        if message["opcode"] == 2:
            shown += base64.b64decode(message["data"]).decode("latin-1")
    assert (secret in shown or json.dumps(secret)[1:-1] in shown) == (kind in _MISSED[level])
