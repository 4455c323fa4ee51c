"""Ask tools with the official client: an address, a token, a JSON array of [tool, arguments]; print the answers."""

import asyncio
import json
import sys
from typing import Any

import httpx2  # in an environment of its own
from mcp import Client
from mcp.client.streamable_http import streamable_http_client


async def main(address: str, token: str, calls: list[tuple[str, dict[str, Any]]]) -> None:
    """Print a line for the names of the tools, and one for each answer: whether it is an error, its text, its bytes."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with (
        httpx2.AsyncClient(headers=headers, timeout=60) as http,
        Client(streamable_http_client(address, http_client=http)) as client,
    ):
        print(json.dumps([tool.name for tool in (await client.list_tools()).tools]))
        for name, arguments in calls:
            answer = await client.call_tool(name, arguments)
            print(json.dumps([answer.is_error, "".join(part.text for part in answer.content)]))


asyncio.run(main(sys.argv[1], sys.argv[2], json.loads(sys.argv[3])))
