"""Take out what Chrome leaves out of a HAR "without sensitive data": ``chrome_rule.py INPUT OUTPUT``.

Its DevTools drop the headers Authorization, Cookie and Set-Cookie, and all cookies.
"""

import json
import sys
from pathlib import Path

_DROPPED = ("authorization", "cookie", "set-cookie")

with Path(sys.argv[1]).open(encoding="utf-8-sig") as file:
    har = json.load(file)
for entry in har["log"]["entries"]:
    for message in (entry.get("request"), entry.get("response")):
        if isinstance(message, dict):
            headers = message.get("headers") or []
            message["headers"] = [one for one in headers if str(one.get("name")).lower() not in _DROPPED]
            message["cookies"] = []
with Path(sys.argv[2]).open("w", encoding="utf-8") as out:
    json.dump(har, out, ensure_ascii=False)
