"""The check of a store, and its repair: a line for each finding."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING

from harlake.cli.output import print_json, print_line
from harlake.cli.service import backend_of, one_line_errors
from harlake.cli.store import is_cluster
from harlake.cli.waiting import when_free
from harlake.errors import DamagedCaptureError, DamagedCatalogError
from harlake.settings import Settings

if TYPE_CHECKING:
    from harlake.store.check import Finding


def check_store(settings: Settings, *, repair: bool, as_json: bool) -> bool:
    """Print what is wrong with a store, and maybe mend it; return whether all is well then. Raises ClickException."""
    from harlake.observability import logs

    logs.configure("info")
    findings = _Findings(as_json=as_json, repairing=repair)
    with one_line_errors():
        _check(settings, findings, repair=repair)
    return not findings.remaining


class _Findings:
    """Prints what was found, and counts how much of it is not mended."""

    def __init__(self, *, as_json: bool, repairing: bool) -> None:
        self._as_json = as_json
        self._repairing = repairing
        self.remaining = 0

    def add(self, finding: Finding, *, is_mended: bool = False) -> None:
        self.remaining += not is_mended
        if self._as_json:
            found = {"captureId": finding.capture and str(finding.capture), "place": finding.place}
            print_json({**found, "problem": finding.problem, "mended": is_mended})
            return
        ending = "" if not self._repairing else " (mended)" if is_mended else " (cannot be mended)"
        capture = f"{finding.capture}: " if finding.capture else ""
        print_line(f"{capture}{finding.place}: {finding.problem}{ending}")


def _check(settings: Settings, report: _Findings, *, repair: bool) -> None:
    from harlake.store.backends import CATALOG
    from harlake.store.check import Finding, StoreCheck
    from harlake.store.direct_store import opened_cluster, opened_folder
    from harlake.store.rebuild import rebuild_catalog
    from harlake.store.repair import repair_of

    with ExitStack() as opened:
        if is_cluster(settings):
            # Where a catalog was lost, a new one takes over what is in the bucket.
            open_backend = backend_of(settings, adopting=repair)
            store = opened.enter_context(opened_cluster(str(settings.objects), open_backend))
        else:
            try:
                store = when_free(lambda: opened.enter_context(opened_folder(settings.data_dir)))
            except DamagedCatalogError as error:
                report.add(Finding(None, CATALOG, str(error)), is_mended=repair)
                if not repair:
                    return
                with suppress(DamagedCaptureError):  # what is damaged is found in what follows
                    list(rebuild_catalog(settings.data_dir))
                store = when_free(lambda: opened.enter_context(opened_folder(settings.data_dir)))
        mender = opened.enter_context(repair_of(store, settings.grace)) if repair else None
        for finding in StoreCheck(store).findings():
            report.add(finding, is_mended=mender is not None and mender.mend(finding))
