"""UTF-8 validation of buffers, which msgspec leaves out for what it does not decode.

Arrow's validator runs at memory speed and allocates nothing; decoding to ``str`` would take four bytes a character.
"""

import pyarrow as pa


def valid_until(buffer: bytes, start: int) -> tuple[int, bool]:
    """Return up to where ``buffer`` is valid UTF-8 from ``start`` on, and whether only a character cut off is not."""
    try:
        if not buffer.isascii() and not _is_valid(memoryview(buffer)[start:]):
            str(memoryview(buffer)[start:], "utf-8")  # which knows where the error is
    except UnicodeDecodeError as error:
        return start + error.start, error.reason == "unexpected end of data"
    return len(buffer), True


def _is_valid(text: memoryview) -> bool:
    offsets = pa.py_buffer((0).to_bytes(8, "little") + len(text).to_bytes(8, "little"))
    array = pa.Array.from_buffers(pa.large_string(), 1, [None, offsets, pa.py_buffer(text)])
    try:
        array.validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True
