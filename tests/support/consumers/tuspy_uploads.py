"""Upload a file with tuspy: some chunks of it, then the rest with a client that knows the URL only. Prints that."""

import sys

from tusclient.client import TusClient  # in an environment of its own

address, path, chunk = sys.argv[1], sys.argv[2], int(sys.argv[3])
client = TusClient(address)
first = client.uploader(path, chunk_size=chunk, metadata={"filename": "tuspy.har"}, upload_checksum=True)
first.upload_chunk()
first.upload_chunk()
rest = client.uploader(path, chunk_size=chunk, url=first.url, upload_checksum=True)
assert rest.offset == 2 * chunk, rest.offset
rest.upload()
print(first.url)
