"""The tables of a client's query."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harlake.query.sql import SqlQuery
from harlake.query.sql_views import VIEW_COLUMNS, VIEWS
from tests.support.folders import Folder, folder_of
from tests.support.hars import numbered


@pytest.fixture(scope="module")
def folder() -> Iterator[Folder]:
    """A session of a capture."""
    with folder_of(numbered(3)) as folder:
        yield folder


@pytest.mark.parametrize("view", VIEWS)
def test_columns_and_which_are_texts(folder: Folder, view: str) -> None:
    """What is said of them is what they are."""
    texts, others = (set(names.split()) for names in VIEW_COLUMNS[view])
    with SqlQuery(folder.data_dir, f"select column_name, column_type from (describe {view})", None).run() as rows:
        lines = rows.read().decode().splitlines()
    found = {line.split('"')[3]: line.split('"')[7] for line in lines}
    assert set(found) == texts | others
    assert {name for name, kind in found.items() if kind == "VARCHAR"} == texts
