"""Run it: ``python -m tests.fuzz --seed 7 --inputs 10000 --minutes 10``."""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path
from random import SystemRandom
from shutil import rmtree

from tests.fuzz.fuzz_run import Plan, fuzz
from tests.fuzz.report import report


def main() -> int:
    """Fuzz a service of its own; return the number of kinds of failures, at most 1."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--seed", type=int, help="draws the same requests again; by default, a new one each time")
    parser.add_argument("--inputs", type=int, default=10_000, help="how many requests are sent (%(default)s)")
    parser.add_argument("--minutes", type=float, default=10, help="after which no more are begun (%(default)s)")
    parser.add_argument("--connections", type=int, default=4, help="how many at a time (%(default)s)")
    options = parser.parse_args()
    seed = SystemRandom().randrange(2**32) if options.seed is None else options.seed
    plan = Plan(seed, options.inputs, options.minutes, options.connections)
    folder = Path(tempfile.mkdtemp(prefix="harlake-fuzz-"))
    print(f"--seed {seed} --inputs {plan.inputs} --connections {plan.connections}", flush=True)
    outcome = fuzz(plan, folder)
    print(report(plan, outcome))
    if outcome.failures.counts:
        print(f"Requests, log and data are in {folder}: `harlake serve --data-dir {folder}/data` serves them.")
        return 1
    rmtree(folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
