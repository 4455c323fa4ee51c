"""Which endpoint a URL belongs to: folded, with hosts called as on the other side, without what does not tell apart."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, NamedTuple

from harlake.analysis.comparison_options import ComparisonOptions
from harlake.har.url_folding import fold_url
from harlake.har.urls import located

_ABSOLUTE: Final = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):[/\\]{2}([^/?#\\]*)[/\\]?")
_DEFAULT_PORTS: Final = {"http": ":80", "https": ":443", "ws": ":80", "wss": ":443"}


class EndpointKey(NamedTuple):
    """A URL as endpoints are told apart: its name, its folded form and what it calls, as those of ``FoldedUrl``.

    ``host`` is called as on the other side, and empty where there is none.
    """

    name: str
    folded: str
    by_ids: bool
    call: str
    host: str


class EndpointKeys:
    """Makes keys of URLs."""

    def __init__(self, options: ComparisonOptions) -> None:
        self.options = options
        self._authority = lru_cache(maxsize=4_096)(self._mapped)

    def key(self, url: str) -> EndpointKey:
        """Return the key of a URL."""
        options = self.options
        match = _ABSOLUTE.match(url)
        if match is None:
            host = located(url).host
            start, rest = "", url
        else:
            scheme, (authority, host) = match[1].lower(), self._authority(match[1].lower(), match[2])
            start = f"{scheme}:" if "scheme" in options.keys else ""
            start += f"//{authority if 'host' in options.keys else '*'}"
            rest = "/" + url[match.end() :]
        if "query" not in options.keys:
            rest = rest.partition("#")[0].partition("?")[0]
        if "path" not in options.keys:
            path, mark, query = rest.partition("?")
            rest = mark + query if match else path
        name, folded, by_ids, call = fold_url(f"x://x{rest}" if match else rest, options.folds)
        if match:
            name, folded = start + name[5:], start + folded[5:]
        if options.kept:
            call = "&".join(sorted({*call.split("&"), *self._kept(url)} - {""}))
        return EndpointKey(name, folded, by_ids, call if "operation" in options.keys or options.kept else "", host)

    def host_of(self, url: str) -> str:
        """Return the host of a URL, as on the other side."""
        return self.key(url).host

    def _kept(self, url: str) -> list[str]:
        query = url.partition("#")[0].partition("?")[2]
        return [pair for pair in query.split("&") if pair.partition("=")[0] in self.options.kept]

    def _mapped(self, scheme: str, authority: str) -> tuple[str, str]:
        """Return an authority without a user and the scheme's own port, and its host, as on the other side."""
        authority = authority.rpartition("@")[2].lower().removesuffix(_DEFAULT_PORTS.get(scheme, ""))
        host = located(f"{scheme}://{authority}/").host
        hosts = self.options.hosts
        if authority in hosts:
            authority = hosts[authority]
        elif host in hosts:
            authority = authority.replace(host, hosts[host], 1) if host in authority else hosts[host]
        else:
            for old, new in hosts.items():
                if old.startswith("*.") and new.startswith("*.") and host.endswith(old[1:]):
                    authority = authority.replace(old[1:], new[1:], 1)
                    break
            else:
                return authority, host
        return authority, located(f"{scheme}://{authority}/").host
