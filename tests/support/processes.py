"""The processes that a process has started, as the system lists them."""

from __future__ import annotations

from pathlib import Path

#: Where a process stands in a line of proc_pid_stat(5), behind its name in parentheses, which may have spaces.
_STATE, _PARENT = 0, 1


def descendants(process: int) -> list[int]:
    """Return what a process has started, and what that has, the eldest first; of those that have ended, none."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:  # it has just ended
            continue
        if fields[_STATE] != "Z":
            parents[int(stat.parent.name)] = int(fields[_PARENT])
    found = [process]
    for one in found:
        found += sorted(child for child, parent in parents.items() if parent == one)
    return found[1:]


def is_running(process: int) -> bool:
    """Return whether a process is there, and has not ended."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[_STATE] != "Z"
    except OSError:
        return False
