"""Reports of whatever strangers may have captured."""

from __future__ import annotations

from hypothesis import strategies as st

from harlake.cli.report.model import Figure, Report, ReportItem

#: Texts with controls, lone surrogates, and what ends something in one of the forms.
_PIECES = (
    *("<b>", "&amp;", "]]>", "-->", '"', "'", "`", "``", "|", "\\|", "\n", "\r\n", "::error::x", "%0A", "\x00"),
    *("\x1b[2J", "\ud800", "\ufffe", "\u2028", "# x", "* x", "@x", "</td></table><script>alert(1)</script>", "é", ",:"),
)
texts = st.lists(st.sampled_from(_PIECES) | st.text(max_size=5), max_size=5).map("".join)
_numbers = st.none() | st.floats(0, 1e15, allow_nan=False)
_facts = st.builds(
    Figure,
    texts,
    st.sampled_from(["count", "bytes", "ms"]),
    before=_numbers,
    after=_numbers,
    limit=_numbers,
    least=_numbers,
    words=st.just("") | texts,
)
_outcomes = st.sampled_from(["failed", "missing", "noted", "passed", "skipped"])
_items = st.builds(
    ReportItem,
    st.sampled_from(["added", "failed"]),
    texts,
    _outcomes,
    st.lists(_facts, max_size=2),
    st.lists(texts, max_size=2),
)
reports = st.builds(
    Report,
    texts.map(lambda text: f"x{text}"),
    st.just({"failed": 1}),
    st.lists(_items, max_size=3),
    st.lists(texts, max_size=1),
)
