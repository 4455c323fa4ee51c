"""The text fields of an import's form: which session the capture goes to."""

from __future__ import annotations

from typing import Final

from anyio import CapacityLimiter, to_thread

from harlake.errors import BadRequestError, SessionNotFoundError
from harlake.limits import DEFAULT_LIMITS
from harlake.store.capture_writer import Destination
from harlake.store.data_dir import DataDir
from harlake.store.ids import new_id, parse_id
from harlake.store.sessions import Session
from harlake.upload.multipart import FileStart, TextField

#: Endings of files with captures, from the last one on.
_ENDINGS: Final = (".gz", ".zst", ".zip", ".har", ".chlsj", ".saz", ".xml", ".warc")


class ImportForm:
    """The fields of one import: :meth:`take` them, then ask for the :meth:`destination`."""

    def __init__(self, data_dir: DataDir, limiter: CapacityLimiter) -> None:
        """``limiter`` is that of the threads in which sessions are looked up."""
        self._limiter = limiter
        self._data_dir = data_dir
        self._session: Session | None = None
        self._given_name = ""
        self._missing: SessionNotFoundError | None = None
        self._file_seen = False
        #: Whether what is whole in the file is to be taken.
        self.salvage = False
        self.file_name: str | None = None

    async def take(self, event: FileStart | TextField) -> None:
        """Take a field; a session is looked up at once, and if it comes before the file, refused at once.

        After the file, what is wrong with the file is reported first.
        """
        if isinstance(event, FileStart):
            self.file_name = event.name
            self._file_seen = True
        elif event.name == "salvage":
            self._take_salvage(event.value.strip())
        elif event.name == "sessionName":
            self._given_name = event.value.strip()
        elif event.value.strip():
            session_id = parse_id(event.value.strip())
            session: Session | None = None
            if session_id is not None:
                session = await to_thread.run_sync(self._data_dir.catalog.session, session_id, limiter=self._limiter)
            if session is None:
                self._missing = SessionNotFoundError(f"no session {event.value.strip()!r}")
                if not self._file_seen:
                    raise self._missing
            self._session = session

    def _take_salvage(self, value: str) -> None:
        if value not in ("true", "false"):
            raise BadRequestError(f"salvage={value[:80]!r} is not allowed; it takes true or false")
        self.salvage = value == "true"
        if self._file_seen and self.salvage:
            raise BadRequestError("salvage comes too late: send it before the file")

    def destination(self) -> tuple[Destination, str]:
        """Return where the capture goes, and that session's name. Raises SessionNotFoundError."""
        if self._missing is not None:
            raise self._missing
        if self._session is not None:
            return Destination(self._session.id, None), self._session.name
        name = self._given_name or _first_bytes(f"Imported: {_title(self.file_name)}", DEFAULT_LIMITS.max_field_bytes)
        return Destination(new_id(), name), name


def _title(file_name: str | None) -> str:
    """Return a file's name without its folder and the endings of files with captures."""
    name = (file_name or "").replace("\\", "/").rsplit("/", 1)[-1]
    for ending in _ENDINGS:
        if name.lower().endswith(ending) and len(name) > len(ending):
            name = name[: -len(ending)]
    return name or "HAR"


def _first_bytes(text: str, count: int) -> str:
    """Return the beginning of a text that takes so many bytes at most."""
    return text.encode()[:count].decode("utf-8", "ignore")
