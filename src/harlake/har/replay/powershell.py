"""A PowerShell command that sends a captured request again, for PowerShell 7.

A text that PowerShell could read as anything else (its quotes are five characters, not one) is base64 of UTF-8.
"""

from __future__ import annotations

import base64
import re
from typing import Final

from harlake.har.replay.recorded_request import RecordedRequest

#: Of which a text consists that stands between single quotes as it is, after these are doubled.
_PLAIN: Final = re.compile(r"[ -~]*")

#: Headers that have options of their own, and those that the client computes.
_OPTIONS: Final = {"user-agent": "-UserAgent", "content-type": "-ContentType"}
_COMPUTED: Final = frozenset({"connection", "keep-alive", "proxy-connection", "upgrade", "http2-settings"})

_VERSIONS: Final = {"1.0": "1.0", "1.1": "1.1", "2": "2.0", "3": "3.0"}


def powershell_command(request: RecordedRequest) -> str:
    """Return a command that sends a request again; comments before it say what it cannot repeat."""
    comments = list(request.comments)
    values: dict[str, tuple[str, list[str]]] = {}
    for name, value in request.headers:
        values.setdefault(name.lower(), (name, []))[1].append(value)
    joined = {kind: (name, ("; " if kind == "cookie" else ", ").join(found)) for kind, (name, found) in values.items()}
    arguments = [f"-Uri {_literal(request.url)}", f"-CustomMethod {_literal(request.method or 'GET')}"]
    arguments += [f"{option} {_literal(joined[kind][1])}" for kind, option in _OPTIONS.items() if kind in joined]
    headers = [
        f"  {_literal(name)} = {_literal(value)}"
        for kind, (name, value) in joined.items()
        if kind not in _OPTIONS and kind not in _COMPUTED
    ]
    if len(request.headers) > len(joined):
        comments.append("Headers of one name are sent as one, with commas between their values.")
    if any(kind in joined for kind in _COMPUTED):
        comments.append("PowerShell has a connection of its own: headers that say others are left out.")
    if "user-agent" not in joined:
        comments.append("PowerShell adds a User-Agent, which was not captured.")
    if request.body is not None and "content-type" not in joined:
        comments.append("PowerShell may add a Content-Type, which was not captured.")
    arguments += ["-Headers @{\n" + "\n".join(headers) + "\n}"] if headers else []
    if request.body is not None:
        arguments.append(f"-Body ([Convert]::FromBase64String('{base64.b64encode(request.body).decode()}'))")
    if version := _VERSIONS.get(request.version):
        arguments.append(f"-HttpVersion {version}")
    arguments += ["-MaximumRedirection 0", "-SkipHeaderValidation", "-SkipHttpErrorCheck"]
    heading = "".join(f"# {comment}\n" for comment in comments)
    return heading + "Invoke-WebRequest " + " `\n  ".join(arguments) + "\n"


def _literal(text: str) -> str:
    if _PLAIN.fullmatch(text):
        return "'" + text.replace("'", "''") + "'"
    encoded = base64.b64encode(text.encode("utf-8", "replace")).decode()
    return f"([Text.Encoding]::UTF8.GetString([Convert]::FromBase64String('{encoded}')))"
