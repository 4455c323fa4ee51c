"""Multipart uploads that were begun and never ended: what a killed process leaves in a bucket, which nobody sees.

obstore can neither list nor abort uploads of others, so these two requests are made here, signed as AWS's *Signature
Version 4* says. It needs a key in the environment; where a machine has a role instead, a lifecycle rule of the bucket
does the same.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from urllib.error import HTTPError
from urllib.parse import quote, urlencode, urlsplit
from xml.etree import ElementTree as ET

from harlake.errors import StorageUnavailableError

_TIMEOUT: Final = 30
_NOT_FOUND: Final = 404
_PAYLOAD: Final = "UNSIGNED-PAYLOAD"
_ANY_NAMESPACE: Final = "{*}"


@dataclass(frozen=True, slots=True)
class UnfinishedUpload:
    """An upload of an object with a key."""

    key: str
    id: str


class S3Uploads:
    """The unfinished uploads of a bucket, of keys that begin with a prefix. Raises StorageUnavailableError."""

    def __init__(self, bucket: str, prefix: str) -> None:
        self._bucket = bucket
        self._prefix = prefix
        self._region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION") or "us-east-1"
        self._endpoint = endpoint() or f"https://s3.{self._region}.amazonaws.com"

    def list(self) -> Iterator[UnfinishedUpload]:
        """Yield them all; none where the environment has no key."""
        markers: dict[str, str] = {}
        while "AWS_ACCESS_KEY_ID" in os.environ:
            answer = ET.fromstring(self._request("GET", "", {"uploads": "", "prefix": self._prefix, **markers}))  # noqa: S314 - S3's own
            for upload in answer.iterfind(f"{_ANY_NAMESPACE}Upload"):
                yield UnfinishedUpload(_text(upload, "Key"), _text(upload, "UploadId"))
            if _text(answer, "IsTruncated") != "true":
                break
            markers = {
                "key-marker": _text(answer, "NextKeyMarker"),
                "upload-id-marker": _text(answer, "NextUploadIdMarker"),
            }

    def abort(self, upload: UnfinishedUpload) -> None:
        """Let S3 forget an upload and its parts; whoever wrote it, or another node, may have done so by now."""
        self._request("DELETE", upload.key, {"uploadId": upload.id}, may_be_missing=True)

    def _request(self, method: str, key: str, query: Mapping[str, str], *, may_be_missing: bool = False) -> bytes:
        base = urlsplit(self._endpoint)
        path = quote(f"/{self._bucket}/{key}" if key else f"/{self._bucket}", safe="/-_.~")
        parameters = urlencode(sorted(query.items()), quote_via=quote, safe="-_.~")
        headers = self._signed(method, path, parameters, base.netloc)
        request = urllib.request.Request(  # noqa: S310 - of the endpoint that the operator has set
            f"{base.scheme}://{base.netloc}{path}?{parameters}", method=method, headers=headers
        )
        try:
            with urllib.request.urlopen(request, timeout=_TIMEOUT) as answer:  # noqa: S310
                return bytes(answer.read())
        except OSError as error:  # which all of urllib's are
            if may_be_missing and isinstance(error, HTTPError) and error.code == _NOT_FOUND:
                return b""
            raise StorageUnavailableError("the object store does not list or end uploads") from error

    def _signed(self, method: str, path: str, parameters: str, host: str) -> dict[str, str]:
        """Return the headers that a request is signed by."""
        at = datetime.now(UTC).strftime("%Y%m%dT%H%M%SZ")
        headers = {"host": host, "x-amz-content-sha256": _PAYLOAD, "x-amz-date": at}
        if token := os.environ.get("AWS_SESSION_TOKEN"):
            headers["x-amz-security-token"] = token
        names = ";".join(headers)
        lines = "".join(f"{name}:{value}\n" for name, value in headers.items())
        canonical = f"{method}\n{path}\n{parameters}\n{lines}\n{names}\n{_PAYLOAD}"
        scope = f"{at[:8]}/{self._region}/s3/aws4_request"
        text = f"AWS4-HMAC-SHA256\n{at}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
        key = f"AWS4{os.environ['AWS_SECRET_ACCESS_KEY']}".encode()
        for part in (*scope.split("/"), text):
            key = hmac.digest(key, part.encode(), "sha256")
        credential = f"{os.environ['AWS_ACCESS_KEY_ID']}/{scope}"
        authorization = f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={key.hex()}"
        return headers | {"authorization": authorization}


def endpoint() -> str | None:
    """Return the URL of the service that the environment names, None where it is AWS's."""
    return os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or None


def _text(element: ET.Element, name: str) -> str:
    return element.findtext(f"{_ANY_NAMESPACE}{name}") or ""
