"""PowerShell, whose quotes are five characters."""

from __future__ import annotations

import json
from typing import Any

from harlake.har.replay.scripts import replay_script


def _header(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "value": value}


def test_powershell_quotes() -> None:
    """What PowerShell could read as a quote, or is no ASCII, is base64; the rest is between single quotes."""
    headers = [_header("X-A", "it's $(id) `n"), _header("X-B", "\u2018;id;\u2019")]
    script = replay_script(
        json.dumps({"request": {"url": "http://a.test/", "headers": headers}}).encode(), "powershell"
    )
    assert "X-A' = 'it''s $(id) `n'" in script
    assert script.isascii()
    assert "FromBase64String('4oCYO2lkO+KAmQ==')" in script
