"""Hosts: what a request may call the service, and what no stranger's name passes for."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harlake.access.hosts import (
    AllowedHosts,
    Authority,
    is_loopback,
    parse_authority,
    parse_bind_address,
    target_authority,
)

_ALLOWED = AllowedHosts(["har.example.com", "*.lake.example"])

_LABELS = st.from_regex(r"[a-zA-Z0-9_]([a-zA-Z0-9_-]{0,10}[a-zA-Z0-9_])?", fullmatch=True)
_NAMES = st.lists(_LABELS, min_size=1, max_size=5).map(".".join)
_PORTS = st.one_of(st.none(), st.integers(1, 65_535))


def _allows(text: str) -> bool:
    authority = parse_authority(text)
    return authority is not None and _ALLOWED.allows(authority)


def _is_address(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [
        ("localhost", "localhost", None),
        ("LOCALHOST:8889", "localhost", 8889),
        ("localhost.", "localhost", None),
        ("a.LocalHost.:1", "a.localhost", 1),
        ("127.0.0.1:65535", IPv4Address("127.0.0.1"), 65535),
        ("[::1]", IPv6Address("::1"), None),
        ("[0:0:0:0:0:0:0:1]:80", IPv6Address("::1"), 80),
        ("[::FFFF:127.0.0.1]:080", IPv6Address("::ffff:127.0.0.1"), 80),
        ("xn--bcher-kva.example", "xn--bcher-kva.example", None),
        ("under_score.example", "under_score.example", None),
    ],
)
def test_well_formed(text: str, host: object, port: int | None) -> None:
    """Names are compared in lower case and without a dot at their end, addresses by their value."""
    assert parse_authority(text) == Authority(host, port)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "text",
    [
        *(
            "",
            ":",
            ":80",
            ".",
            "..",
            "localhost..",
            ".localhost",
            "local host",
            " localhost",
            "localhost ",
            "localhost\n",
        ),
        *("localhost:", "localhost:0", "localhost:65536", "localhost:-1", "localhost:80:80", "localhost:８０"),
        *("user@localhost", "localhost@attacker.example", "localhost/", "localhost/../x", "localhost?x", "localhost#x"),
        *("localhost\\attacker.example", "localhost,attacker.example", "localhost, localhost", "local%68ost", "-a.b"),
        *("::1", "[::1", "::1]", "[]", "[::1]]", "[[::1]]", "[::1%25eth0]", "[fe80::1%eth0]", "[127.0.0.1]", "[v1.x]"),
        *("127.1", "2130706433", "0x7f.0.0.1", "127.0.0.01", "127.0.0.1.", "1.2.3.4.5", "127.0.0.256", "evil.1"),
        *("ｌｏｃａｌｈｏｓｔ", "localhost。", "bücher.example", "１２７.0.0.1", "a" * 64, ".".join(["a" * 60] * 5)),
    ],
)
def test_malformed(text: str) -> None:
    """What is no host, or only nearly, is none; nothing is guessed."""
    assert parse_authority(text) is None


@pytest.mark.parametrize(
    "text",
    [
        *("localhost", "x.y.localhost:1", "10.1.2.3", "0.0.0.0", "[2001:db8::1]:8889"),
        *("har.example.com", "HAR.example.com.:443", "a.lake.example", "a.b.lake.example"),
    ],
)
def test_allowed(text: str) -> None:
    """Loopback names, addresses, given names and names below given ones."""
    assert _allows(text)


@pytest.mark.parametrize(
    "text",
    [
        *("attacker.example", "localhost.attacker.example", "127.0.0.1.attacker.example", "notlocalhost"),
        *("xhar.example.com", "a.har.example.com", "har.example.com.attacker.example", "example.com"),
        *("lake.example", "xlake.example", "localhost-attacker", "local-host"),
    ],
)
def test_not_allowed(text: str) -> None:
    """Names that only look like allowed ones."""
    assert parse_authority(text) is not None
    assert not _allows(text)


@given(_NAMES, _PORTS)
def test_no_other_name_is_allowed(name: str, port: int | None) -> None:
    """Of all names, only those by the rule, whatever the port and the case."""
    plain = name.lower()
    by_rule = (
        plain == "localhost"
        or plain.endswith((".localhost", ".lake.example"))
        or plain == "har.example.com"
        or _is_address(plain)
    )
    assert _allows(name if port is None else f"{name}:{port}") == by_rule


@given(st.one_of(st.text(), st.text("localhst.127:[]@/%-xn\0\n ", max_size=30)))
def test_no_text_passes_by_accident(text: str) -> None:
    """Whatever is allowed is written in characters of hosts, and is a loopback name, an address or a given name."""
    if not _allows(text):
        return
    assert text.isascii()
    host = text.rpartition(":")[0] if text.rpartition(":")[2].isdecimal() and "]" not in text[-1:] else text
    host = host.lower().removesuffix(".")
    assert host == "localhost" or host.endswith((".localhost", ".lake.example")) or _is_address(host.strip("[]"))


@given(st.ip_addresses(), _PORTS)
def test_every_address_is_allowed(address: IPv4Address | IPv6Address, port: int | None) -> None:
    """Nobody is asked for what an address stands for."""
    text = f"[{address}]" if address.version == 6 else str(address)
    authority = parse_authority(text if port is None else f"{text}:{port}")
    assert authority == Authority(address, port)
    assert _ALLOWED.allows(authority)


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        ("/api/sessions", None),
        ("//attacker.example/api", None),
        ("/http://attacker.example/", None),
        ("http://localhost:1/api", "localhost:1"),
        ("https://user@localhost?x=http://a/", "user@localhost"),
        ("http://attacker.example#@localhost/", "attacker.example"),
        ("http:///api", ""),
        ("localhost:443", "localhost:443"),
        ("*", "*"),
    ],
)
def test_authorities_of_targets(target: str, authority: str | None) -> None:
    """A path names nobody; any other form of a target names somebody, well or badly."""
    assert target_authority(target) == authority


@pytest.mark.parametrize(
    "name", ["", "*", "*.", "a:80", "http://a", "127.0.0.1", "a b", "bücher.example", "a.*.b", "**.a"]
)
def test_names_that_cannot_be_given(name: str) -> None:
    """A name that no request could have is a mistake of the operator's."""
    with pytest.raises(ValueError, match="no host name"):
        AllowedHosts([name])


def test_loopback() -> None:
    """Of names, localhost and those below it; of addresses, all of 127.0.0.0/8, and ::1."""
    assert [is_loopback(parse_bind_address(text)) for text in ("localhost", "127.3.2.1", "::1", "A.LOCALHOST")] == [
        True
    ] * 4
    assert [is_loopback(parse_bind_address(text)) for text in ("", "0.0.0.0", "::", "10.0.0.1", "myhost")] == [
        False
    ] * 5
