"""Open HARs with haralyzer, and look at every page and entry: ``haralyzer_reads.py FOLDER``.

Prints why it refuses which file, as JSON.
"""

import json
import sys
from pathlib import Path

from haralyzer import HarParser  # type: ignore[import-not-found]  # it is in an environment of its own


def look_at(*_: object) -> None:
    """Do nothing: what is looked at has been read by then."""


refused: dict[str, list[str]] = {}
for path in sorted(Path(sys.argv[1]).iterdir()):
    try:
        parser = HarParser(json.loads(path.read_bytes()))
        for page in parser.pages:
            for entry in page.entries:
                for message in (entry.request, entry.response):
                    look_at(message.headers, message.httpVersion, message.bodySize, message.headersSize)
                    message.get_header_value("content-type")
                look_at(entry.request.url, entry.request.method, entry.request.mimeType)
                look_at(entry.request.queryString, entry.request.cookies)
                look_at(entry.response.status, entry.response.statusText, entry.response.mimeType)
                look_at(entry.response.contentSize, entry.startTime, entry.time, entry.timings, entry.cache)
            page.filter_entries(request_type="get", content_type="text.*", status_code="2.*", http_version=".*")
            page.get_load_time(asynchronous=False)
            look_at(page.page_size, page.get_requests)
            if page.page_id != "unknown":  # its name for entries without a page, of which it cannot tell these
                look_at(page.title, page.startedDateTime, page.page_load_time, page.content_load_time)
    except Exception as error:  # whatever it is, the file is refused
        refused[path.name] = [repr(error)]
print(json.dumps(refused))
