"""How harlake scales, beside an earlier version of itself: ``python -m benchmarks.scale --before CHECKOUT``."""
