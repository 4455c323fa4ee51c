"""Run ``harlake`` as where Hyperscan is not installed: ``without_hyperscan.py ARGUMENT...``."""

import sys
from importlib import import_module

sys.modules["hyperscan"] = None  # type: ignore[assignment]  # which makes its import fail
import_module("harlake.cli").main(sys.argv[1:])
