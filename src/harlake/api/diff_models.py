"""The JSON of comparisons; field names as they are on the wire."""

import msgspec

from harlake.api.analysis_models import ComparedSession, LimitedAnswer


class ComparedSide(ComparedSession):
    """A side: its first run, and all of its runs; ``entry_count`` is that of all."""

    runs: list[ComparedSession]


class ChangedBy(msgspec.Struct):
    """How many endpoints have changed in which way; one may have in several."""

    count: int
    status: int
    size: int
    transfer: int
    time: int
    mime: int
    type: int
    body: int
    headers: int
    redirect: int


class SubjectCounts(msgspec.Struct):
    """Pages, hosts or third parties by what became of them."""

    added: int
    removed: int
    changed: int
    same: int


class DiffCounts(msgspec.Struct, rename="camel"):
    """Endpoints by what became of them; and pages, hosts and third parties."""

    added: int
    removed: int
    changed: int
    same: int
    sporadic: int
    changed_by: ChangedBy
    pages: SubjectCounts
    hosts: SubjectCounts
    third_parties: SubjectCounts


class MeasureAnswer(msgspec.Struct, rename="camel"):
    """A number of both sides: medians over the runs of each, of which spreads are the least and the greatest."""

    name: str
    unit: str
    a: float | None
    b: float | None
    ratio: float | None
    spread_a: tuple[float, float] | None
    spread_b: tuple[float, float] | None
    changed: bool


class DetailAnswer(msgspec.Struct):
    """A member of JSON, a header or a redirect that differs; ``a`` and ``b`` are its types."""

    part: str
    change: str
    name: str
    a: list[str]
    b: list[str]


class SideAnswer(msgspec.Struct, rename="camel"):
    """An endpoint on one side; ``size`` in bytes and ``time`` in milliseconds are medians.

    ``runs`` says in how many of the side's runs it is; ``example`` is an entry's id.
    """

    count: float
    statuses: list[int]
    size: float | None
    time: float | None
    mime_types: list[str]
    types: list[str]
    runs: int
    example: str


class OneSided(msgspec.Struct, rename="camel"):
    """An endpoint that one side asks for; ``example`` is the id of an entry."""

    method: str
    url: str
    operation: str | None
    count: float
    statuses: list[int]
    names: list[str]
    name_count: int
    example: str


class ChangedEndpoint(msgspec.Struct, rename="camel"):
    """An endpoint that both sides ask for, and that is answered otherwise; ratios are of ``b`` to ``a``."""

    method: str
    url: str
    operation: str | None
    changes: list[str]
    a: SideAnswer
    b: SideAnswer
    size_ratio: float | None
    time_ratio: float | None
    measures: list[MeasureAnswer]
    details: list[DetailAnswer]
    detail_count: int
    names: list[str]
    name_count: int


class FoldedEndpoint(msgspec.Struct, rename="camel"):
    """An endpoint that several URLs were folded into: the first of them, and how many there are."""

    method: str
    url: str
    operation: str | None
    names: list[str]
    name_count: int


class SubjectAnswer(msgspec.Struct):
    """A page, host or third party that differs: ``added``, ``removed`` or ``changed``."""

    name: str
    change: str
    measures: list[MeasureAnswer]


class DiffAnswer(msgspec.Struct, rename="camel"):
    """Two sides, compared; ``limited`` names the lists that are cut."""

    a: ComparedSide
    b: ComparedSide
    counts: DiffCounts
    totals: list[MeasureAnswer]
    added: list[OneSided]
    removed: list[OneSided]
    changed: list[ChangedEndpoint]
    pages: list[SubjectAnswer]
    hosts: list[SubjectAnswer]
    third_parties: list[SubjectAnswer]
    folded: list[FoldedEndpoint]
    limited: dict[str, LimitedAnswer]
    warnings: list[str]
