"""Checks one capture's object: each of its frames, and what it says of the capture."""

from __future__ import annotations

import errno
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from harlake.har.envelope import BEFORE_ENTRIES, Envelope
from harlake.store.capture_object import Frame
from harlake.store.catalog import CaptureRecord
from harlake.store.catalog_rows import CaptureRow
from harlake.store.frame_reader import BrokenFrameError, FrameReader, ReadFrame
from harlake.store.object_copy import read_object
from harlake.store.objects import ObjectStore
from harlake.store.own_member import own_member

#: Errors that are the object's; others say only that it cannot be read now, or not by this user.
_DAMAGE: Final = frozenset({errno.EIO, errno.ELOOP, errno.EISDIR, errno.EUCLEAN, errno.ENXIO})

_SEPARATORS: Final = frozenset({b"", b",", BEFORE_ENTRIES})


@dataclass(slots=True)
class ObjectContent:
    """What was found in an object: the frames of entries, as start, length and length of text each, and its end."""

    frames: array[int] = field(default_factory=lambda: array("q"))
    end: Frame | None = None
    own: dict[str, Any] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether nothing is wrong with it."""
        return not self.problems


def check_object(objects: ObjectStore, name: str) -> ObjectContent:
    """Read an object. Raises OSError and StorageUnavailableError where it cannot be read now."""
    content = ObjectContent()
    try:
        for frame in FrameReader(read_object(objects, name)).frames():
            content.problems += _problems(frame, content)
        if content.end is None and not content.problems:
            content.problems.append("it has no end")
    except BrokenFrameError as error:
        content.problems.append(f"byte {error.start}: {error}")
    except FileNotFoundError:
        content.problems.append("there is no such object")
    except OSError as error:
        if error.errno not in _DAMAGE:
            raise
        content.problems.append(f"it cannot be read: {error.strerror}")
    return content


def _problems(read: ReadFrame, content: ObjectContent) -> Iterator[str]:
    """Yield what is wrong with a frame, and note where it is."""
    place = f"byte {read.frame.start}: "
    if content.end is not None:
        yield f"{place}there is a frame behind the end"
    if read.problem is not None:
        yield f"{place}the frame is damaged: {read.problem}"
        return
    if not read.has_checksum:
        yield f"{place}the frame has no checksum"
    if read.text is None or (read.text not in _SEPARATORS and not read.text.startswith(b"]")):
        content.frames.extend((read.frame.start, read.frame.length, read.frame.text_length))
    elif read.text.startswith(b"]"):
        content.end = read.frame
        try:
            content.own = own_member(Envelope.parse(BEFORE_ENTRIES + read.text))
        except (ValueError, LookupError, StopIteration):
            yield f"{place}the envelope is no JSON"


def compare_with_catalog(content: ObjectContent, row: CaptureRow) -> Iterator[str]:
    """Yield in what the catalog's row differs from a whole object."""
    record, own, end = row.record, content.own, content.end
    assert end is not None
    if record.envelope != end:
        yield f"the envelope is at byte {end.start}, and not {record.envelope.start}, or of another length"
    if record.object_bytes != end.start + end.length:
        yield f"the object has {end.start + end.length} bytes, and not {record.object_bytes}"
    if "session" in own and own["session"] != str(row.session):
        yield f"it is of session {own['session']}, and not {row.session}"
    for name, said in _said(record).items():
        if name in own and own[name] != said:
            yield f"{name} is {own[name]!r}, and not {said!r}"


def _said(record: CaptureRecord) -> dict[str, Any]:
    """Return what the catalog says of what an object says of itself, under the same names."""
    return {
        "sha256": record.sha256,
        "uploadBytes": record.upload_bytes,
        "harBytes": record.har_bytes,
        "total": record.total,
    }
