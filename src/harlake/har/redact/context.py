"""What all that looks for secrets has in common: how far to go, where it is, and what becomes of what it finds."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from dataclasses import replace
from enum import Enum
from typing import Final

from harlake.har.redact.config import Config, Level, any_of
from harlake.har.redact.names import Likelihood
from harlake.har.redact.prefilter import Prefilter
from harlake.har.redact.pseudonyms import MARK, PSEUDONYM, Pseudonyms

#: A JSON Web Token: header, claims and signature; of an encrypted one, five parts.
JWT: Final = re.compile(rb"(eyJ[\w-]{6,}\.)([\w-]*)(\.)([\w.-]*)={0,2}", re.ASCII)
_SCHEME: Final = re.compile(
    rb"(?:Bearer|Basic|Token|Digest|Negotiate|NTLM|JWT|ApiKey|Api-Key|OAuth|Signature|HMAC|DPoP|SSWS|PRIVATE-TOKEN)\s*[\s,=:]\s*",
    re.IGNORECASE,
)


class Flavour(Enum):
    """How a text is written, which tells where values end."""

    TEXT = "text"
    JSON = "json"
    FORM = "form"
    SCRIPT = "script"
    MARKUP = "markup"


class Context:
    """How far to go, and what to do with a secret that is found: learn it, or tell its pseudonym.

    ``place`` says where in an entry things are looked for, and is counted with them.
    """

    def __init__(self, config: Config, pseudonyms: Pseudonyms, learn: Callable[[str, bytes], None] | None) -> None:
        self.config = config
        self.personal = config.level is not Level.SECRETS
        self.strict = config.level is Level.STRICT
        #: Finds the names that are configured to be of secrets.
        self.own_names = any_of(config.redact_names) if config.redact_names else None
        self.place = ""
        self.is_response = False
        #: What was found, as kind and place, since somebody has counted it.
        self.found: list[tuple[str, str]] = []
        #: Whether all that is looked for in a text begins with what the prefilter finds, but for columns.
        self.is_plain = replace(config, key=None) == Config(config.level) and not self.personal
        #: What names say, known already.
        self.likelihoods: dict[str, Likelihood] = {}
        #: Names in texts, as they are written, with what they mean and say; known already.
        self.names: dict[bytes, tuple[str, Likelihood]] = {}
        self.prefilter: Prefilter | None = None
        self.treat_claims: Callable[[bytes], bytes] | None = None
        self._pseudonyms = pseudonyms
        self._learn = learn

    def hide(self, kind: str, value: bytes) -> bytes:
        """Return what becomes of a secret; the scheme before it stays, and of a JWT all but its signature."""
        if value == MARK or value in self.config.keep_values:
            return value
        if not value.isalnum():  # as most are, and these are not
            if PSEUDONYM.fullmatch(value):
                return value
            scheme = _SCHEME.match(value)
            if scheme and scheme.end() < len(value):
                return scheme[0] + self.hide(kind, value[scheme.end() :])
            if jwt := JWT.fullmatch(value):
                return self._jwt(jwt)
        self.found.append((kind, self.place))
        if self._learn is not None:
            self._learn(kind, value)
        return self._pseudonyms.of(kind, value)

    def _jwt(self, jwt: re.Match[bytes]) -> bytes:
        header, claims, dot, signature = jwt.groups()
        if self.treat_claims is not None and self.personal and claims:
            try:
                text = base64.urlsafe_b64decode(claims + b"=" * (-len(claims) % 4))
            except binascii.Error:
                text = b""
            treated = self.treat_claims(text)
            if treated != text:
                claims = base64.urlsafe_b64encode(treated).rstrip(b"=")
        if not signature or signature.startswith(MARK):
            return header + claims + dot + signature
        self.found.append(("jwt", self.place))
        if self._learn is not None:
            self._learn("jwt", signature)
        return header + claims + dot + self._pseudonyms.of("jwt", signature)
