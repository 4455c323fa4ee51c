"""Options of an export: understood, or refused by name."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.errors import BadRequestError
from harlake.export.options import PARAMETERS, ExportOptions, file_stem, parse_options
from harlake.export.zip_parts import MIN_PART_BYTES

_values = st.sampled_from(["har", "csv", "true", "false", "time", "stored", "2MB", "none", ""])


@given(st.dictionaries(st.sampled_from(list(PARAMETERS)), _values))
def test_any_values_make_options_or_are_refused_by_name(values: dict[str, str]) -> None:
    """Whatever is asked for is understood, or refused with the name of what is not."""
    options, refused = ExportOptions(), ""
    try:
        options = parse_options(values)
    except BadRequestError as error:
        refused = str(error)
    if refused:
        assert any(name in refused for name in values)
    else:
        assert (options == ExportOptions()) == (set(values.values()) <= {"har", "false", "stored"})


@pytest.mark.parametrize(
    ("values", "options", "ending"),
    [
        ({}, ExportOptions(), ".har"),
        ({"order": "time", "fill": "true"}, ExportOptions(by_time=True, fill=True), ".har"),
        ({"format": "ndjson", "order": "stored"}, ExportOptions("ndjson"), ".ndjson"),
        ({"format": "csv"}, ExportOptions("csv"), ".csv"),
        ({"format": "csv", "csv_raw": "true"}, ExportOptions("csv", csv_raw=True), ".csv"),
        ({"format": "parquet", "bodies": "true"}, ExportOptions("parquet", body_column=True), ".parquet"),
        ({"max_part": "5MB"}, ExportOptions(max_part=5_000_000), ".zip"),
        ({"max_part": str(MIN_PART_BYTES)}, ExportOptions(max_part=MIN_PART_BYTES), ".zip"),
    ],
)
def test_options_are_understood(values: dict[str, str], options: ExportOptions, ending: str) -> None:
    """Each option by itself, and what the file is called."""
    assert parse_options(values) == options
    assert options.file.ending == ending


@pytest.mark.parametrize(
    ("values", "named"),
    [
        ({"format": "xml"}, "format='xml'"),
        ({"order": ""}, "order=''"),
        ({"bodies": "x>"}, "bodies='x>'"),
        ({"format": "parquet", "bodies": "none"}, "bodies='none'"),
        ({"format": "csv", "bodies": "true"}, "bodies is not for format=csv"),
        ({"format": "ndjson", "max_part": "5MB"}, "max_part is not for format=ndjson"),
        ({"format": "parquet", "csv_raw": "true"}, "csv_raw is not for format=parquet"),
        ({"format": "csv", "csv_raw": "yes"}, "csv_raw='yes'"),
        ({"format": "parquet", "fill": "true"}, "fill is not for format=parquet"),
        ({"max_part": "much"}, "max_part='much'"),
        ({"max_part": str(MIN_PART_BYTES - 1)}, f"max_part='{MIN_PART_BYTES - 1}'"),
    ],
)
def test_what_is_wrong_is_named(values: dict[str, str], named: str) -> None:
    """A value that is not allowed, and an option that is not for the format."""
    with pytest.raises(BadRequestError) as caught:
        parse_options(values)
    assert named in str(caught.value)


@pytest.mark.parametrize(
    ("name", "stem"),
    [("My  Session!", "My_Session_"), ("../é", "_é"), ("", ""), ("\ud800", "_"), ("é" * 300, "é" * 100)],
)
def test_files_are_called_by_names(name: str, stem: str) -> None:
    """By letters and digits of any script, as many as any file system takes."""
    assert file_stem(name) == stem
