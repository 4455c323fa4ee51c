"""Headers of all answers: well-formed, and what the documentation says of them."""

from __future__ import annotations

from harlake.access.headers import CHALLENGES, SECURITY_HEADERS, challenges
from tests.support.shell_lines import API


def test_each_header_is_documented() -> None:
    """docs/api.md has each with its value; names are in lower case, as ASGI wants them."""
    text = API.read_text("utf-8").lower()
    for name, value in SECURITY_HEADERS.items():
        assert name == name.lower()
        assert f"| `{name}` | `{value.lower()}` |" in text


def test_there_is_a_challenge_for_each_form() -> None:
    """RFC 9110 §11.6.1: each scheme that is taken is named."""
    assert [challenge.partition(" ")[0] for challenge in CHALLENGES] == ["Bearer", "Basic"]


def test_scripts_of_the_page_are_not_told_of_the_form_that_browsers_ask_for() -> None:
    """A browser would show a form of its own in front of the page's."""
    for accept in ("", "*/*", "text/html,application/xhtml+xml"):
        assert challenges(accept) == CHALLENGES
    for accept in ("application/json", "application/x-ndjson"):
        assert challenges(accept) == CHALLENGES[:1]
