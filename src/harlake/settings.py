"""Configuration: command-line options, or ``HARLAKE_*`` variables of the same names."""

from dataclasses import dataclass
from pathlib import Path

from harlake.limits import MIB


@dataclass(frozen=True, slots=True)
class Settings:
    """How one service is set up; sizes in bytes."""

    host: str = "127.0.0.1"
    port: int = 8889
    #: A Unix socket to listen on, instead of address and port.
    uds: Path | None = None
    #: Names besides loopback names and IP addresses that requests may have in ``Host``.
    allowed_host: tuple[str, ...] = ()
    #: Where tokens are kept; in the data folder by default.
    token_file: Path | None = None
    #: Demand tokens on loopback as well.
    require_token: bool = False
    #: Demand no tokens on any address.
    insecure: bool = False
    ssl_certfile: Path | None = None
    ssl_keyfile: Path | None = None
    #: Path below which a reverse proxy has the service, as ``/harlake``.
    root_path: str = ""
    data_dir: Path = Path("harlake-data")
    #: URL of the catalog in PostgreSQL, and of the objects in S3, where several nodes share them.
    catalog: str | None = None
    objects: str | None = None
    #: Seconds that objects of removed captures stay, where other nodes may be reading them.
    grace: int = 3600
    #: A longer entry is skipped, and counted as failed.
    max_entry_bytes: int = 128 * MIB
    #: Bytes that one upload may have, as it is sent; None for any number.
    max_upload_bytes: int | None = None
    #: Bytes that requests may hold together, beyond a MiB each; those that would hold more are refused.
    request_memory: int = 512 * MIB
    #: Bytes of the disk that imports keep free.
    keep_free: int = 64 * MIB
    #: Bytes that the captures in the data folder may take, None for any number.
    quota: int | None = None
    #: Whether clients may query the catalog in SQL.
    sql: bool = True
    #: How far secrets are taken out for those without the scope ``raw``: ``secrets``, ``personal`` or ``strict``; None
    #: shows all.
    redact: str | None = None
    #: How far secrets are taken out of what assistants are shown at ``/mcp``, or ``raw``; None for no such route.
    mcp: str | None = None
    #: What is logged: ``debug``, ``info``, ``warning`` or ``error``.
    log_level: str = "info"
    #: How it is logged: ``text`` or ``json``.
    log_format: str = "text"
    #: Who did what is appended to this file, None for no file.
    audit_log: Path | None = None
