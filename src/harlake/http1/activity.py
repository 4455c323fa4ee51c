"""How far a connection has come with what it is doing."""

from __future__ import annotations

from dataclasses import dataclass

from harlake.http1.limits import ConnectionLimits


@dataclass(slots=True)
class Activity:
    """What a connection has done since it began what it is doing."""

    since: float
    received: int = 0
    _received_before: int = 0
    _unsent: int = 0

    def begin(self, now: float) -> None:
        """Begin something else."""
        self.since = now
        self._received_before = self.received
        self._unsent = 0

    def is_slow(self, now: float, limits: ConnectionLimits) -> bool:
        """Return whether too little was received in the time in which it is measured."""
        if now - self.since < limits.upload:
            return False
        if self.received - self._received_before < limits.upload_bytes:
            return True
        self.begin(now)
        return False

    def has_stopped(self, now: float, unsent: int, seconds: float) -> bool:
        """Return whether, for so many seconds, as many bytes as now were waiting to be sent."""
        if unsent == self._unsent:
            return now - self.since > seconds
        self.since, self._unsent = now, unsent
        return False
