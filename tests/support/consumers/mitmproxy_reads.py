"""Open HARs with what mitmproxy reads files with: ``mitmproxy_reads.py FOLDER``.

Prints why it refuses which file, as JSON.
"""

import json
import sys
from pathlib import Path

from mitmproxy.exceptions import FlowReadException  # type: ignore[import-not-found]  # in an environment of its own
from mitmproxy.io import FlowReader  # type: ignore[import-not-found]

refused: dict[str, list[str]] = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    with path.open("rb") as file:
        try:
            flows = list(FlowReader(file).stream())
        except FlowReadException as error:
            refused[path.name] = [repr(error.__context__)]
        else:
            assert len(flows) == len(json.loads(path.read_bytes())["log"]["entries"])
print(json.dumps(refused))
