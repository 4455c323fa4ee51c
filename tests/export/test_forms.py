"""The table of forms: each has its writer, and all names are told apart."""

from __future__ import annotations

import importlib

import pytest

from harlake.export.forms import FORMS, TABLES
from harlake.export.options import PARAMETERS


@pytest.mark.parametrize("name", FORMS)
def test_forms_name_what_there_is(name: str) -> None:
    """A writer that can be imported, and parameters."""
    form = FORMS[name]
    if form.writer:
        module, _, writer = form.writer.partition(":")
        assert callable(getattr(importlib.import_module(f"harlake.export.writers.{module}"), writer))
    assert form.options <= PARAMETERS.keys()


def test_names_are_told_apart() -> None:
    """No two forms have one ending."""
    endings = [form.file.ending for form in FORMS.values()]
    assert len(set(endings)) == len(endings)
    assert FORMS.keys() >= set(TABLES)
