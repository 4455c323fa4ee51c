"""Takes secrets out of what tools answer, unless the service was told to show all to assistants."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec
from anyio import to_thread

from harlake.api.redaction import redacted_answer
from harlake.errors import InsufficientScopeError
from harlake.har.redact.config import Level


@dataclass(frozen=True, slots=True)
class Coverage:
    """How far secrets are taken out; None for not at all."""

    level: Level | None

    @property
    def parameter(self) -> dict[str, str]:
        """Return what routes that redact by themselves are asked for."""
        return {} if self.level is None else {"redact": self.level.value}

    async def of(self, answer: Any) -> Any:
        """Return an answer without what is secret in it by itself."""
        if self.level is None:
            return answer
        text = msgspec.json.encode(answer)
        return msgspec.json.decode(await to_thread.run_sync(redacted_answer, text, self.level))

    def demand_none(self) -> None:
        """Refuse what cannot be covered. Raises InsufficientScopeError."""
        if self.level is not None:
            raise InsufficientScopeError("rows of SQL do not say what is a secret: this needs harlake serve --mcp raw")
