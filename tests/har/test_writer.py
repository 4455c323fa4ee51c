"""The writer: valid HAR around entries that stay as they are."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from harlake.har.envelope import Envelope
from harlake.har.repair.rewriter import Rewriter
from harlake.har.writer import CLOSING, CaptureEnvelope, merge_envelopes, page_ref, rename_page


def _envelope(log: str) -> Envelope:
    return Envelope.parse(f'{{"log":{{"entries":[],{log}}}}}'.encode())


def test_a_har_without_captures_is_valid() -> None:
    """An empty session exports as a HAR with no pages and no entries."""
    har = json.loads(merge_envelopes([], "1.0").text + CLOSING)
    assert har == {
        "log": {"version": "1.2", "creator": {"name": "harlake", "version": "1.0"}, "pages": [], "entries": []}
    }


def test_members_are_kept_where_all_captures_agree() -> None:
    """A browser that all captures name is kept; a comment that differs is not; creators are replaced."""
    one = _envelope('"creator":{"name":"a"},"browser":{"name":"b"},"comment":"x","_id":1.50')
    two = _envelope('"creator":{"name":"c"},"browser":{ "name":"b" },"comment":"y"')
    alone = json.loads(merge_envelopes([CaptureEnvelope(one)], "1.0").text + CLOSING)["log"]
    both = json.loads(merge_envelopes([CaptureEnvelope(one), CaptureEnvelope(two)], "1.0").text + CLOSING)["log"]
    assert alone["comment"] == "x"
    assert b'"_id":1.50' in merge_envelopes([CaptureEnvelope(one)], "1.0").text
    assert both["browser"] == {"name": "b"}
    assert both["creator"] == {"name": "harlake", "version": "1.0"}
    assert "comment" not in both
    assert "_id" not in both


def test_pages_of_one_id_are_renamed_where_they_differ() -> None:
    """Equal pages appear once; a different page of the same id gets a free one, which its entries must follow."""
    first = _envelope('"pages":[{"id":"p","title":"a"},{"id":"p_2","title":"b"}]')
    same = _envelope('"pages":[{"title":"a","id":"p"}]')
    other = _envelope('"pages":[{"id":"p","title":"c"}]')
    begin = merge_envelopes([CaptureEnvelope(first), CaptureEnvelope(same), CaptureEnvelope(other)], "1.0")
    pages = json.loads(begin.text + CLOSING)["log"]["pages"]
    assert [(page["id"], page["title"]) for page in pages] == [("p", "a"), ("p_2", "b"), ("p_3", "c")]
    assert begin.renames == [{}, {}, {"p": "p_3"}]


def test_only_pages_that_are_asked_for_are_written() -> None:
    """A selection brings along the pages that its entries refer to."""
    part = CaptureEnvelope(_envelope('"pages":[{"id":"p"},{"id":"q"}]'), {"q"})
    assert json.loads(merge_envelopes([part], "1.0").text + CLOSING)["log"]["pages"] == [{"id": "q"}]


def test_renaming_leaves_every_other_byte_alone() -> None:
    """The page's id is cut out and replaced, white space and number spelling included."""
    entry = b'{ "pageref" : "p" ,"time":1.50,"x":"\\"pageref\\":\\"p\\"" }'
    assert rename_page(entry, {"p": "p_2"}) == b'{ "pageref" : "p_2" ,"time":1.50,"x":"\\"pageref\\":\\"p\\"" }'
    assert rename_page(entry, {"q": "r"}) == entry
    for other in (b'{"time":1}', b'{"pageref":{"id":"p"}}', b'{"pageref":null}'):
        assert rename_page(other, {"p": "q"}) == other


def test_only_the_entrys_own_page_is_renamed() -> None:
    """A member of the same name further down is something else."""
    entry = b'{"_x":{"pageref":"p"},"pageref":"p","y":"\\udc80","z":1.50}'
    renamed = rename_page(entry, {"p": "q"})
    assert renamed == b'{"_x":{"pageref":"p"},"pageref":"q","y":"\\udc80","z":1.50}'
    assert rename_page(b'{"_x":{"pageref":"p"}}', {"p": "q"}) == b'{"_x":{"pageref":"p"}}'


@given(
    st.dictionaries(
        st.text(max_size=5) | st.just("pageref"), st.text(max_size=5) | st.just({"pageref": "p"}), max_size=4
    )
)
def test_renaming_changes_exactly_one_member(entry: dict[str, object]) -> None:
    """Whatever else an entry holds, it is the same after its page has been renamed."""
    text = json.dumps(entry | {"pageref": "p"}).encode()
    assert json.loads(rename_page(text, {"p": "new"})) == entry | {"pageref": "new"}


@given(st.none() | st.text() | st.integers() | st.lists(st.text(), max_size=2))
def test_an_entry_names_its_page(page_id: object) -> None:
    """The id of an entry's page is a string; lone surrogates and nesting elsewhere in the entry do not matter."""
    expected = page_id if isinstance(page_id, str) else None
    entry = json.dumps({"x": 1, "pageref": page_id}).encode()
    assert page_ref(entry) == expected
    deep = b"[" * 10_000 + b"]" * 10_000
    assert page_ref(entry[:-1] + b',"_x":%b}' % deep) == expected
    assert page_ref(b"{}") is None


def test_pages_without_an_id_are_kept_unless_pages_are_asked_for() -> None:
    """Nothing can refer to such a page, so that it belongs to no selection."""
    envelope = _envelope('"pages":[{"title":"a"},7,{"id":"p"},{"id":7}]')
    whole = merge_envelopes([CaptureEnvelope(envelope)], "1.0")
    assert [json.loads(page) for page in whole.pages] == [{"title": "a"}, 7, {"id": "p"}, {"id": 7}]
    assert whole.pages_by_id() == {"p": b'{"id":"p"}'}
    part = merge_envelopes([CaptureEnvelope(envelope, {"p"})], "1.0")
    assert part.pages == [b'{"id":"p"}']


def test_what_precedes_the_entries_is_rewritten_like_them() -> None:
    """A rewriter that fills mends pages and leaves out those that cannot be."""
    opening = merge_envelopes([CaptureEnvelope(_envelope('"pages":[{"id":7},null],"browser":7'))], "1.0")
    filled = opening.rewritten(Rewriter(fill=True))
    assert [json.loads(bytes(page))["id"] for page in filled.pages] == ["7"]
    assert "browser" not in filled.log
    assert filled.renames == opening.renames
    assert json.loads(filled.text + CLOSING)["log"]["entries"] == []


def test_numbers_are_compared_as_values() -> None:
    """A page that another program has written again is the same page; a number beyond all bounds is only itself."""
    pages = ['{"id":"p","n":1}', '{"n":1.0,"id":"p"}', '{"id":"p","n":10e-1}', '{"id":"p","n":1e999}', '{"id":"p"}']
    captures = [CaptureEnvelope(_envelope(f'"pages":[{page}]')) for page in pages]
    assert merge_envelopes(captures, "1.0").pages == [b'{"id":"p","n":1}', b'{"id":"p","n":1e999}', b'{"id":"p_2"}']


def test_a_lone_surrogate_names_a_member() -> None:
    """It goes out as it came in, in the log and in a page that is renamed."""
    odd = _envelope(r'"\ud800":1,"pages":[{"id":"p","\udc00":1},{"id":"p"}]')
    text = merge_envelopes([CaptureEnvelope(odd)], "1.0").text
    assert rb'"\ud800":1' in text
    assert json.loads(text + CLOSING)["log"]["pages"][0] == {"id": "p", "\udc00": 1}
