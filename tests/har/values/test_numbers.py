"""Tests of numbers and truth values, and of strings that hold one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.har.values.numbers import flag, integer, number, python_number, says_yes, total_time


@pytest.mark.parametrize(
    ("value", "means"),
    [
        *((b"200", b"200"), (b"-1", b"-1"), (b"1.50", b"1.50"), (b'"200"', b"200"), (b'" 200 "', b"200")),
        *(
            (b'"12.5"', b"12.5"),
            (b'"1e3"', b"1e3"),
            (b'"+5"', b"5"),
            (b'"007"', b"7"),
            (b'".5"', b"0.5"),
            (b'"5."', b"5"),
        ),
        *(
            (b'"0"', b"0"),
            (b'"-0"', b"-0"),
            (b'"0200"', b"200"),
            (b'"\\u0032"', b"2"),
            (b"[200]", b"200"),
            (b'["200"]', b"200"),
        ),
        *((b'{"type":"number","value":200}', b"200"), (b'{"type":"number","value":"200"}', b"200")),
        *((b'{"value":"200","type":"string"}', b"200"), (b'{"$numberInt":"200"}', b"200")),
        *(
            (b'{"type":"base64","value":"MjAw"}', b"200"),
            (b'""', None),
            (b'"-"', None),
            (b'"."', None),
            (b'"e5"', None),
        ),
        *((b'"NaN"', None), (b'"0x10"', None), (b'"1,5"', None), (b'"200 OK"', None), (b"null", None), (b"true", None)),
        *(
            (b"[]", None),
            (b"[1,2]", None),
            (b"{}", None),
            (b'{"type":"number"}', None),
            (b'"+-5"', None),
            (b'"1 2"', None),
        ),
    ],
)
def test_a_value_means_a_number(value: bytes, means: bytes | None) -> None:
    """A number is found in strings, lists of one, and wrappers."""
    found = number(value)
    assert (None if found is None else bytes(found)) == means


@given(st.text(alphabet="+-0123456789.eE ", max_size=12) | st.text(max_size=12))
def test_what_is_a_number_is_json(text: str) -> None:
    """Whatever is taken for a number can be written as one."""
    import json

    found = number(json.dumps(text).encode())
    if found is not None:
        assert float(json.loads(found)) == float(text)


def test_long_digits_are_read_in_one_go() -> None:
    """A string of a million digits is followed once."""
    assert number(b'"%bx"' % (b"1" * 1_000_000)) is None
    assert python_number(b'"%b"' % (b"9" * 5000)) is None


@pytest.mark.parametrize(("value", "means"), [(b'"200.0"', b"200"), (b"1e2", b"100"), (b"1e999", None), (b'"x"', None)])
def test_an_integer_has_no_fraction(value: bytes, means: bytes | None) -> None:
    """Sizes and statuses are whole."""
    assert integer(value) == means


@pytest.mark.parametrize(
    ("value", "means"),
    [
        *((b"true", b"true"), (b"false", b"false"), (b'"true"', b"true"), (b'"False"', b"false"), (b'"yes"', b"true")),
        *((b'"0"', b"false"), (b"1", b"true"), (b"0", b"false"), (b"2", None), (b"null", None), (b'""', None)),
        *((b'{"type":"boolean","value":false}', b"false"), (b"[]", None), (b'"maybe"', None), (b"{}", None)),
    ],
)
def test_a_value_means_a_truth_value(value: bytes, means: bytes | None) -> None:
    """Truth values are found in strings, numbers and wrappers."""
    assert flag(value) == means


@pytest.mark.parametrize(
    ("given_value", "means"),
    [
        ("disk", True),
        ("memory", True),
        (True, True),
        ("true", True),
        ("false", False),
        ("0", False),
        ("", False),
        (None, False),
    ],
)
def test_any_text_says_yes_that_does_not_say_no(given_value: str | bool | None, means: bool) -> None:
    """Chrome names the cache, others write a truth value."""
    assert says_yes(given_value) is means


@pytest.mark.parametrize(
    ("time", "timings", "total"),
    [
        (5.0, [1, 2], 5),
        (None, [1, None, -1, 2.5], 3.5),
        (-1, [1, 2], 3),
        (None, [-1, None], None),
        (-1, [], -1),
        (0, [1], 0),
    ],
)
def test_a_time_that_is_missing_is_the_sum_of_the_timings(
    time: float | None, timings: list[float | None], total: float | None
) -> None:
    """What does not apply adds nothing."""
    assert total_time(time, timings) == total
