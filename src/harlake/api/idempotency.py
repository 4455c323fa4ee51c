"""``Idempotency-Key``: an import that is asked for twice, as its client has got no answer, is done once."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
from litestar import Request

from harlake.api.import_answers import import_answer, note_import
from harlake.api.models import ImportAnswer
from harlake.api.uploads import announced_size
from harlake.errors import BadRequestError
from harlake.observability.request_record import current_record
from harlake.upload.import_outcome import ImportOutcome
from harlake.upload.importer import ImportResult
from harlake.upload.kept_answers import Announce, KeptAnswers

_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")

#: An import, which tells what it will have done before that is done.
ImportWork = Callable[[Callable[[ImportResult], None]], Awaitable[ImportResult]]


async def answered_once(request: Request[Any, Any, Any], answers: KeptAnswers, work: ImportWork) -> ImportAnswer:
    """Do an import, unless its key says that it was done, and return what is told of it. Raises HarlakeError."""
    key = request.headers.get("idempotency-key")
    if key is None:
        answer = import_answer(await work(lambda _: None))
    else:
        if _KEY.fullmatch(key) is None:
            raise BadRequestError("Idempotency-Key takes 1 to 255 visible characters of ASCII")
        # Those of different tokens have nothing to do with each other.
        owned = f"{current_record().token_id or ''} {key}"

        async def do(announce: Announce) -> dict[str, Any]:
            def tell(result: ImportResult) -> None:
                announce(ImportOutcome(200, _described(import_answer(result)), result.capture))

            return _described(import_answer(await work(tell)))

        same = f"{request.method} {request.scope['query_string'].decode('latin-1')} {announced_size(request)}"
        answer = msgspec.convert(await answers.once(owned, same, do), ImportAnswer)
    note_import(answer.session_id, answer.capture_id, answer.imported)
    return answer


def _described(answer: ImportAnswer) -> dict[str, Any]:
    described: dict[str, Any] = msgspec.to_builtins(answer)
    return described
