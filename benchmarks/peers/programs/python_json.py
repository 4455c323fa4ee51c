"""Read a HAR with Python's json and write it again: ``python_json.py INPUT OUTPUT``."""

import json
import sys
from pathlib import Path

with Path(sys.argv[1]).open(encoding="utf-8-sig") as file:
    har = json.load(file)
with Path(sys.argv[2]).open("w", encoding="utf-8") as out:
    json.dump(har, out, ensure_ascii=False)
