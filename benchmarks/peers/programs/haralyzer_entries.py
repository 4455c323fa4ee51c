"""Read a HAR with haralyzer and look at each entry; it cannot write one: ``haralyzer_entries.py INPUT``."""

import json
import sys
from pathlib import Path

from haralyzer import HarParser  # type: ignore[import-not-found]  # it is in an environment of its own

with Path(sys.argv[1]).open(encoding="utf-8-sig") as file:
    parser = HarParser(json.load(file))
looked_at = [(entry.request.url, entry.response.status) for page in parser.pages for entry in page.entries]
print(len(looked_at))
