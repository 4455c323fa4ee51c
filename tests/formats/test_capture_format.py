"""What a format has to say of itself."""

from __future__ import annotations

from harlake.formats.registry import IMPORTED_FORMATS


def test_formats_have_names_of_their_own() -> None:
    """Names go into answers, joined by plus signs; titles into sentences."""
    names = [one.name for one in IMPORTED_FORMATS]
    assert len(set(names)) == len(names)
    assert all(name.isalnum() and name.islower() for name in names)
    assert all(one.title for one in IMPORTED_FORMATS)
