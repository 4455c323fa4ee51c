"""What is written as it came: bodies, entries, exports. Programs get it byte by byte, a terminal nothing that it obeys.

On a terminal, JSON is written as other JSON of the same value, with escapes. What is no JSON is refused where it has
control characters, or is no text: it could not be shown as it is.
"""

from __future__ import annotations

import codecs
import json
import re
import sys
from collections.abc import Iterable, Iterator
from typing import Final

from harlake.cli.exit_statuses import WrongUsageError
from harlake.cli.screen import is_terminal
from harlake.controls import CONTROLS

#: Of texts, what is no control: they have tabs, ends of lines, and marks that nobody sees.
_OBEYED: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]|\r(?!\n)")
#: What JSON may only have inside of strings, where it can be escaped.
_IN_STRINGS: Final = re.compile(rf"(?![\t\n\r]){CONTROLS.pattern}")


def write_raw(pieces: Iterable[bytes], *, is_json: bool = False) -> None:
    """Write pieces of something to standard output. Raises ClickException where it is nothing for a terminal."""
    if is_terminal():
        texts = _texts(pieces)
        pieces = (text.encode() for text in (map(_escaped, texts) if is_json else map(_checked, texts)))
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    sys.stdout.buffer.flush()


def _texts(pieces: Iterable[bytes]) -> Iterator[str]:
    """Yield the text of pieces, none of which ends between CR and LF."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    held = ""
    try:
        for piece in pieces:
            text = held + decoder.decode(piece)
            held = "\r" if text.endswith("\r") else ""
            yield text.removesuffix("\r")
        yield held + decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise _refusal("is no text") from None


def _checked(text: str) -> str:
    if _OBEYED.search(text):
        raise _refusal("has control characters")
    return text


def _escaped(text: str) -> str:
    return _IN_STRINGS.sub(lambda match: json.dumps(match[0], ensure_ascii=True)[1:-1].replace("\x7f", r"\u007f"), text)


def _refusal(reason: str) -> WrongUsageError:
    return WrongUsageError(f"this {reason}, and is nothing for a terminal: -o FILE writes it to a file, | cat sends it")
