"""What a run has come to, as text."""

from __future__ import annotations

from collections import Counter

from tests.fuzz.fuzz_run import WARM_UP, Outcome, Plan


def report(plan: Plan, outcome: Outcome) -> str:
    """Return the figures of a run: answers by operation, memory, and the kinds of failures."""
    lines = [""]
    for operation in sorted({operation for operation, _ in outcome.statuses}):
        found = {status: count for (name, status), count in outcome.statuses.items() if name == operation and count}
        lines.append(f"{operation:45} {_listed(Counter(found))}")
    totals: Counter[int] = Counter()
    for (_, status), count in outcome.statuses.items():
        totals[status] += count
    lines += [
        "",
        f"answers: {_listed(totals)}",
        f"exchanges: {', '.join(f'{count:,} {end.value}' for end, count in outcome.ends.most_common())}",
        f"slowest: {outcome.slowest[0]:.1f} s, {outcome.slowest[1]}",
    ]
    if outcome.warm and outcome.last:
        warm, last = outcome.warm, outcome.last
        lines += [
            f"after {WARM_UP:,}: {warm.resident / 2**20:.1f} MiB, {warm.files} open files, {warm.threads} threads",
            f"at the end: {last.resident / 2**20:.1f} MiB (bound: +{plan.memory >> 20}), "
            f"{last.files} open files, {last.threads} threads",
        ]
    if outcome.inputs < plan.inputs:
        lines.append(f"the time was up after {outcome.inputs:,} of {plan.inputs:,} inputs")
    lines += [f"FAILED {count} times: {kind[:300]}" for kind, count in outcome.failures.counts.most_common()]
    failed = sum(outcome.failures.counts.values())
    lines.append(f"{outcome.inputs:,} inputs in {outcome.seconds:.0f} s, seed {plan.seed}: {failed} failures")
    return "\n".join(lines)


def _listed(counts: Counter[int]) -> str:
    return "  ".join(f"{status}×{count:,}" for status, count in sorted(counts.items()) if count)
