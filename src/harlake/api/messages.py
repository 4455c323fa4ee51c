"""Messages of an entry as the API answers with them."""

from __future__ import annotations

from typing import Final

from harlake.api.models import MessageAnswer, MessageList
from harlake.har.messages import CapturedMessage, messages_of

#: Of each message, so much is in a list: the rest is in the entry.
_MAX_BYTES: Final = 4096


def message_list(entry: bytes, start: int, limit: int) -> MessageList:
    """Return up to ``limit`` messages of an entry, from ``start`` on."""
    total, page = messages_of(entry, start, limit)
    return MessageList(total, start, [_answer(message) for message in page])


def _answer(message: CapturedMessage) -> MessageAnswer:
    return MessageAnswer(
        type=message.type,
        time=None if message.time is None else f"{message.time.isoformat(timespec='milliseconds')[:-6]}Z",
        opcode=message.opcode,
        id=message.id,
        data=message.data[:_MAX_BYTES].decode(errors="ignore"),
        size=len(message.data),
        truncated=len(message.data) > _MAX_BYTES,
    )
