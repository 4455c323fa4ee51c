"""The page: what a browser shows of the service, as it is served. Nothing is built, nothing comes from elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Final

#: The folder of its files. What browsers may ask for, and as what, is in :mod:`harlake.api.page`.
FOLDER: Final = Path(__file__).parent
