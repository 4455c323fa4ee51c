"""What a name says of its value: that it is a secret, that it may be one, or nothing.

A name is split into words, whatever convention it is written in; its last word, or its last two, decide. A word for a
password counts wherever it stands, unless the last word says that it is about passwords, and has none.
"""

from __future__ import annotations

import re
from enum import Enum
from functools import lru_cache
from typing import Final

_BORDER: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|[^A-Za-z0-9]+")
_NUMBER_END: Final = re.compile(r"\d+$")

_YES: Final = frozenset(
    [
        "token",
        "secret",
        "apikey",
        "accesskey",
        "secretkey",
        "privatekey",
        "authkey",
        "credential",
        "cred",
        "signature",
        "sig",
        "jwt",
        "bearer",
        "cookie",
        "csrf",
        "xsrf",
        "csrftoken",
        "xsrftoken",
        "csrfmiddlewaretoken",
        "otp",
        "totp",
        "pin",
        "cvv",
        "cvc",
        "cvn",
        "csc",
        "assertion",
        "samlresponse",
        "samlrequest",
        "samlart",
        "wresult",
        "authorization",
        "auth",
        "hmac",
        "mnemonic",
        "verifier",
        "accesstoken",
        "refreshtoken",
        "idtoken",
        "authtoken",
        "sessiontoken",
        "sessionid",
        "sessid",
        "sid",
        "phpsessid",
        "jsessionid",
        "clientsecret",
        "appsecret",
        "appkey",
        "apisecret",
        "webhooksecret",
        "signingkey",
        "encryptionkey",
        "masterkey",
        "connectionstring",
        "subscriptionkey",
        "keytab",
        "pem",
        "pfx",
        "sas",
        "ssn",
        "creds",
        "bearertoken",
        "oauthtoken",
        "usertoken",
        "devicetoken",
        "pushtoken",
        "magiclink",
        "recoverykey",
        "seedphrase",
        "dsn",
        "authenticity",
        "apitoken",
        "otpcode",
        "mfacode",
        "passkey",
        "psk",
        "ssid",
        "sessionkey",
    ]
)
_PAIRS: Final = frozenset(
    """api key|access key|secret key|private key|auth key|app key|client key|session key|signing key|encryption key|
    master key|shared key|account key|storage key|service key|subscription key|license key|licence key|deploy key|
    ssh key|recovery key|recovery code|recovery phrase|backup code|seed phrase|verification code|auth code|
    authorization code|device code|security code|reset code|invite code|mfa code|otp code|sms code|two factor|
    login code|activation code|magic link|session id|sess id|auth session|saml response|saml request|connection string|
    otp seed|totp seed|mfa seed|wallet seed|secret seed|signed url|card number|webhook url|key hash|
    client assertion|security answer|secret answer|de passe|recaptcha response|captcha response|turnstile response|
    auth data|x auth|one time|code verifier|auth ticket|user key|write key|consumer key|function key|functions key|
    host key|admin key|root key|server key|crypto key|aes key|hash key|hmac key|token value|secret value|
    token hash|secret id|    access id|key secret|private pem|security token|public token""".replace("\n", "").split(
        "|"
    )
)
_PAIRS_OF: Final = frozenset(" ".join(pair.split()) for pair in _PAIRS)
_MAYBE: Final = frozenset(
    [
        "code",
        "state",
        "nonce",
        "key",
        "ticket",
        "session",
        "hash",
        "challenge",
        "seed",
        "grant",
        "sign",
        "mac",
        "digest",
        "salt",
        "data",
        "payload",
        "value",
        "blob",
        "access",
        "private",
        "invite",
        "handle",
        "login",
        "user",
        "identity",
        "context",
        "continuation",
        "cursor",
        "t",
        "k",
        "s",
        "auth2",
        "ref",
        "sess",
        "tk",
        "st",
        "hmac256",
        "codes",
        "keys",
        "sessions",
        "id",
        "uid",
        "guid",
        "license",
        "licence",
        "checksum",
        "fingerprint",
        "device",
        "otk",
        "rt",
        "at",
        "tok",
        "ctx",
        "relaystate",
        "viewstate",
    ]
)
#: Of what may be a secret, those that are so often something else that only the longest values count.
_PASSWORDS: Final = frozenset(
    [
        "password",
        "passwd",
        "passwort",
        "passphrase",
        "passcode",
        "pwd",
        "pass",
        "pw",
        "secret",
        "motdepasse",
        "contrasena",
        "senha",
        "userpass",
        "kennwort",
        "wachtwoord",
        "haslo",
        "clave",
        "heslo",
        "losenord",
        "parola",
        "sifre",
        "pswd",
    ]
)
#: What follows a word for a password where it is about passwords.
_ABOUT: Final = frozenset(
    [
        "type",
        "policy",
        "policies",
        "length",
        "len",
        "min",
        "max",
        "error",
        "errors",
        "message",
        "messages",
        "required",
        "strength",
        "visible",
        "field",
        "fields",
        "input",
        "label",
        "labels",
        "text",
        "title",
        "hint",
        "placeholder",
        "url",
        "uri",
        "link",
        "href",
        "path",
        "page",
        "form",
        "reset",
        "expired",
        "expires",
        "expiry",
        "expiration",
        "enabled",
        "disabled",
        "regex",
        "pattern",
        "autocomplete",
        "help",
        "id",
        "name",
        "names",
        "count",
        "date",
        "time",
        "at",
        "on",
        "changed",
        "updated",
        "score",
        "rules",
        "rule",
        "valid",
        "invalid",
        "validation",
        "match",
        "matches",
        "show",
        "hide",
        "toggle",
        "button",
        "icon",
        "class",
        "selector",
        "forgot",
        "forgotten",
        "empty",
        "manager",
        "check",
        "less",
        "change",
        "protected",
        "age",
        "days",
        "history",
        "template",
        "event",
        "status",
        "ttl",
        "limit",
        "budget",
        "size",
        "version",
        "algorithm",
        "alg",
        "method",
        "format",
        "scope",
        "lifetime",
        "refresh",
        "endpoint",
        "provider",
    ]
)
_NUMERIC: Final = frozenset(["otp", "totp", "pin", "cvv", "cvc", "cvn", "csc", "passcode"])
_NUMERIC_PAIRS: Final = frozenset(
    (
        "verification code",
        "security code",
        "mfa code",
        "otp code",
        "sms code",
        "auth code",
        "backup code",
        "recovery code",
    )
)
_NEVER: Final = frozenset(
    [
        "author",
        "authority",
        "authors",
        "keyboard",
        "keywords",
        "keyword",
        "authoring",
        "next_page_token_count",
        "tokenizer",
        "token_count",
        "csrf_protection",
        "sigma",
        "design",
        "keyframes",
        "cookie_policy",
        "cookie_consent",
        "cookie_banner",
        "ssid_name",
        "pagetoken",
    ]
)


class Likelihood(Enum):
    """What a name says of its value."""

    NO = 0
    MAYBE = 1
    YES = 2


@lru_cache(maxsize=16384)
def words(name: str) -> tuple[str, ...]:
    """Return the words of a name, in lower case: of ``userAPIKey2``, ``user``, ``api`` and ``key``."""
    found = [_NUMBER_END.sub("", part) or part for part in _BORDER.split(name) if part]
    return tuple(part.lower() for part in found)


@lru_cache(maxsize=16384)
def likelihood(name: str) -> Likelihood:
    """Return what a name says of its value."""
    parts = words(name)
    if not parts or name.lower() in _NEVER:
        return Likelihood.NO
    last, pair = _singular(parts[-1]), " ".join((*parts[-2:-1], _singular(parts[-1])))
    if last in _YES or last in _PASSWORDS or pair in _PAIRS_OF or "".join(parts[-2:]) in _YES:
        return Likelihood.YES
    if is_password(name):
        return Likelihood.YES
    if last in ("value", "string", "plain", "raw", "header", "encoded", "base") and len(parts) > 1:
        inner = likelihood("_".join(parts[:-1]))
        return inner if inner is Likelihood.YES else Likelihood.MAYBE
    if any(part.endswith(("token", "secret", "passwd", "password", "apikey")) for part in (last,)):
        return Likelihood.YES
    return Likelihood.MAYBE if last in _MAYBE or parts[-1] in _MAYBE else Likelihood.NO


@lru_cache(maxsize=4096)
def is_password(name: str) -> bool:
    """Return whether a name has a word for a password, and is not about passwords."""
    parts = words(name)
    return bool(parts) and parts[-1] not in _ABOUT and any(_singular(part) in _PASSWORDS for part in parts)


@lru_cache(maxsize=4096)
def takes_numbers(name: str) -> bool:
    """Return whether a name is of a secret that has digits only, as codes that are used once."""
    parts = words(name)
    return bool(parts) and (parts[-1] in _NUMERIC or " ".join((*parts[-2:-1], _singular(parts[-1]))) in _NUMERIC_PAIRS)


@lru_cache(maxsize=4096)
def secret_kind(name: str) -> str:
    """Return the kind of secret that a name is of, for pseudonyms and reports."""
    parts = set(words(name))
    for kind, of in _KINDS:
        if parts & of:
            return kind
    return "secret"


_KINDS: Final = (
    ("password", _PASSWORDS - {"secret"}),
    ("code", _NUMERIC | {"code", "codes"}),
    ("csrf", {"csrf", "xsrf", "authenticity", "csrftoken", "xsrftoken", "csrfmiddlewaretoken"}),
    ("signature", {"signature", "sig", "hmac"}),
    ("session", {"session", "sessionid", "sid", "sessid"}),
    ("key", {"key", "apikey", "keys"}),
    ("token", {"token", "tokens", "jwt", "bearer", "assertion"}),
)


def _singular(word: str) -> str:
    return word[:-1] if word.endswith("s") and not word.endswith("ss") and len(word) > 3 else word
