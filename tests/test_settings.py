"""Settings: each is an option of the command that serves, and a variable of the same name."""

from __future__ import annotations

import dataclasses

from harlake.cli.serve import serve
from harlake.settings import Settings


def test_each_setting_is_an_option_and_a_variable() -> None:
    """Names and defaults are written once."""
    options = {parameter.name: parameter for parameter in serve.params}
    fields = dataclasses.fields(Settings)
    assert {field.name for field in fields} == set(options)
    for field in fields:
        option = options[field.name]
        assert option.envvar == f"HARLAKE_{field.name.upper()}"
        assert option.default == field.default
