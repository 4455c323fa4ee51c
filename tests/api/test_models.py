"""Names on the wire: one spelling for all answers, each of them documented."""

from __future__ import annotations

import re
import types
from collections.abc import Iterator

import msgspec
import pytest

from harlake.api import analysis_models, check_models, diff_models, models
from harlake.api.analysis_models import StatsAnswer
from harlake.api.models import ErrorAnswer
from harlake.errors import HarlakeError
from tests.support.shell_lines import API

_CAMEL = re.compile(r"[a-z]+(?:[A-Z][a-z]*)*|sha256")
_DOCUMENTED = frozenset(re.findall(r"[A-Za-z0-9]+", API.read_text("utf-8")))


def _structs(module: types.ModuleType) -> Iterator[type[msgspec.Struct]]:
    for value in vars(module).values():
        if isinstance(value, type) and issubclass(value, msgspec.Struct) and value.__module__ == module.__name__:
            yield value


_ALL = [one for module in (models, analysis_models, check_models, diff_models) for one in _structs(module)]


@pytest.mark.parametrize("model", _ALL, ids=lambda model: model.__name__)
def test_names_are_in_camel_case_and_documented(model: type[msgspec.Struct]) -> None:
    """A field is on the wire what it is in the code, in another spelling."""
    for field in msgspec.structs.fields(model):
        assert _CAMEL.fullmatch(field.encode_name), field.encode_name
        words = re.sub(r"([A-Z])", r"_\1", field.encode_name).lower()
        assert words == field.name
        assert field.encode_name in _DOCUMENTED, field.encode_name


def test_statistics_keep_their_names() -> None:
    """Programs read them."""
    assert [field.encode_name for field in msgspec.structs.fields(StatsAnswer)] == [
        *("total", "errors", "contentBytes", "transferBytes", "requestBytes", "firstStarted", "lastStarted"),
        *("time", "wait", "connect", "hosts", "types", "statuses", "methods", "mimeTypes", "slowest", "largest"),
        *("failures", "histogram", "pages", "limited", "warnings"),
    ]


def test_an_error_has_no_other_members_than_are_described() -> None:
    """What an error says of itself is what the schema of the API shows."""
    error = HarlakeError("why", byte=0, line=1, column=1, entry=0, path="log")
    body = error.body()
    assert msgspec.to_builtins(msgspec.convert(body, ErrorAnswer)) == body
    assert body.keys() <= set(ErrorAnswer.__struct_fields__)
