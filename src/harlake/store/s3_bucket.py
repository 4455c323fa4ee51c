"""How a bucket is reached: its URL, and how long is waited for it."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from obstore.store import S3Store

from harlake.errors import DataDirError
from harlake.store.s3_uploads import endpoint

if TYPE_CHECKING:
    from obstore.store import ClientConfig, RetryConfig

_URL: Final = re.compile(r"s3://([a-z0-9][a-z0-9.-]{1,61}[a-z0-9])(?:/([A-Za-z0-9!_.*'()/-]*))?", re.ASCII)

#: What fails for a moment (500, 503, a connection that breaks) is tried again for so long. Somebody is waiting.
_RETRIES: Final[RetryConfig] = {
    "max_retries": 10,
    "retry_timeout": timedelta(seconds=15),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=2), "base": 2},
}

#: Longer than a part takes on a slow line; a connection that says nothing is given up sooner.
_TIMEOUTS: Final[ClientConfig] = {
    "connect_timeout": timedelta(seconds=5),
    "read_timeout": timedelta(seconds=10),
    "timeout": timedelta(seconds=60),
}

#: For those who ask whether a bucket is there, and are asked themselves: health checks give up after some seconds.
_SHORT_TIMEOUTS: Final[ClientConfig] = {"connect_timeout": timedelta(seconds=1), "timeout": timedelta(seconds=2)}
_NO_RETRIES: Final[RetryConfig] = {"max_retries": 0}


def bucket_and_prefix(url: str) -> tuple[str, str]:
    """Return what ``s3://bucket/prefix`` names; the prefix may be empty. Raises DataDirError of another URL."""
    match = _URL.fullmatch(url)
    if match is None:
        raise DataDirError(f"{url!r} is no URL such as s3://bucket/prefix")
    return match[1], "/".join(filter(None, (match[2] or "").split("/")))


def open_bucket(bucket: str, prefix: str, *, patient: bool = True) -> S3Store:
    """Return a client for those objects of a bucket whose keys begin with a prefix, or one for a quick look at them."""
    timeouts, retries = (_TIMEOUTS, _RETRIES) if patient else (_SHORT_TIMEOUTS, _NO_RETRIES)
    return S3Store(
        bucket,
        prefix=prefix,
        config={"unsigned_payload": True},
        client_options={**timeouts, "allow_http": (endpoint() or "").startswith("http:")},
        retry_config=retries,
    )
