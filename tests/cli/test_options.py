"""Options that commands share, as what they give to a command."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from harlake.cli import options
from harlake.cli.service import Service
from harlake.query.filters import filter_names, parse_filter
from harlake.settings import Settings


def _run(decorate: Any, *arguments: str, **environment: str) -> tuple[Result, dict[str, Any]]:
    """Run a command with the given options; return how it ended, and what it was given."""
    given: dict[str, Any] = {}
    command = click.command()(decorate(lambda **values: given.update(values)))
    return CliRunner().invoke(command, arguments, env=environment), given


def _service(*arguments: str, **environment: str) -> Service:
    result, given = _run(options.service(options.keep_free), *arguments, **environment)
    assert result.exit_code == 0, result.output
    service = given["service"]
    assert isinstance(service, Service)
    return service


def test_settings_have_their_defaults() -> None:
    """Without options and variables, settings are what they are in the code, and no server is asked."""
    assert _service() == Service(Settings(), None)


def test_an_option_comes_before_its_variable() -> None:
    """Both set the same setting."""
    environment = {"HARLAKE_DATA_DIR": "there", "HARLAKE_KEEP_FREE": "7"}
    service = _service("--data-dir", "here", "--keep-free", "5", **environment)
    assert service.server is None
    assert service.settings.data_dir == Path("here")
    assert service.settings.keep_free == 5


def test_what_is_said_comes_before_the_environment() -> None:
    """A folder on the command line is served, though the environment names a server; and the other way round."""
    assert _service("--data-dir", "here", HARLAKE_SERVER="http://a").server is None
    assert _service("--server", "http://a", HARLAKE_DATA_DIR="there").server == "http://a"
    assert _service(HARLAKE_SERVER="http://a", HARLAKE_DATA_DIR="there").server == "http://a"


def test_a_folder_and_a_server_exclude_each_other() -> None:
    """Where both are said."""
    result, given = _run(options.service(), "--data-dir", "a", "--server", "http://a")
    assert (result.exit_code, given) == (2, {})
    assert "exclude each other" in result.output


def test_filters_become_a_query() -> None:
    """An option may be given more than once, and flags are words of the query."""
    arguments = ("--host", "a", "--host", "!b", "--url~", "x.*", "--no-error", "--has-body", "--min-time", "5")
    result, given = _run(options.filters, *arguments)
    assert result.exit_code == 0, result.output
    assert sorted(given["filters"]) == sorted(
        [("host", "a"), ("host", "!b"), ("url~", "x.*"), ("error", "false"), ("has_body", "true"), ("min_time", "5")]
    )
    parse_filter(given["filters"])


def test_without_filters_there_is_no_query() -> None:
    """What is not given is left out."""
    assert _run(options.filters)[1] == {"filters": []}


@pytest.mark.parametrize("name", filter_names())
def test_each_filter_is_an_option(name: str) -> None:
    """The help has the whole vocabulary."""
    assert f"--{name.replace('_', '-')}" in _run(options.filters, "--help")[0].output


@pytest.mark.parametrize(("text", "size"), [("7", 7), ("1.5GB", 1_500_000_000), ("64MiB", 64 << 20), ("20 kb", 20_000)])
def test_sizes_as_people_write_them(text: str, size: int) -> None:
    """In options and in variables."""
    assert _service("--keep-free", text).settings.keep_free == size
    assert _service(HARLAKE_KEEP_FREE=text).settings.keep_free == size


def test_a_size_that_is_none() -> None:
    """What is taken is said; and defaults are shown as they could be written."""
    result, given = _run(options.service(options.keep_free), "--keep-free", "much")
    assert (result.exit_code, given) == (2, {})
    assert "it takes bytes, as 1500, 20kB, 1.5 GB or 64MiB" in " ".join(result.output.split())
    assert "default: (64MiB)" in " ".join(_run(options.service(options.keep_free), "--help")[0].output.split())
