"""Memory that requests share: the more there are, the less each new one gets."""

from __future__ import annotations

from contextlib import ExitStack

from harlake.pipeline.fair_share import FairShare


def test_a_share_gets_smaller_the_more_members_there_are() -> None:
    """Between the least and the most, and as large as before when others have gone."""
    share = FairShare(1_000, 100, 400)
    with ExitStack() as members:
        shares = [members.enter_context(share.member()) for _ in range(20)]
    assert shares[:5] == [400, 400, 333, 250, 200]
    assert shares[10:] == [100] * 10
    assert shares == sorted(shares, reverse=True)
    with share.member() as alone:
        assert alone == 400


def test_a_member_that_fails_leaves() -> None:
    """Its share goes to others."""
    share = FairShare(1_000, 1, 1_000)
    for _ in range(3):
        try:
            with share.member() as alone:
                assert alone == 1_000
                raise OSError
        except OSError:
            continue
