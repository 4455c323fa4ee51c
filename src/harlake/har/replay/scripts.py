"""The kinds of scripts that send a captured request again, by the names that clients ask for them by."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, Literal, get_args

from harlake.har.replay.curl import curl_command
from harlake.har.replay.fetch import fetch_script
from harlake.har.replay.powershell import powershell_command
from harlake.har.replay.python_script import python_script
from harlake.har.replay.recorded_request import RecordedRequest, recorded_request

#: A shell's command, JavaScript, Python, and PowerShell's command.
ScriptFormat = Literal["curl", "fetch", "python", "powershell"]
SCRIPT_FORMATS: Final[tuple[ScriptFormat, ...]] = get_args(ScriptFormat)

_WRITERS: Final[dict[ScriptFormat, Callable[[RecordedRequest], str]]] = {
    "curl": curl_command,
    "fetch": fetch_script,
    "python": python_script,
    "powershell": powershell_command,
}


def replay_script(entry: bytes, script_format: ScriptFormat = "curl") -> str:
    """Return a script that sends an entry's request again; comments before it say what it cannot repeat."""
    return _WRITERS[script_format](recorded_request(entry))
