"""What is told of an import, to its client and to the log."""

from __future__ import annotations

import msgspec

from harlake.api.models import ImportAnswer
from harlake.observability.request_record import current_record
from harlake.upload.importer import ImportResult


def note_import(session: str, capture: str, entries: int) -> None:
    """Note what was imported, for the log."""
    record = current_record()
    record.session, record.capture, record.entries = session, capture, entries


def import_answer(imported: ImportResult) -> ImportAnswer:
    """Return what is told of an import."""
    report = imported.report
    answer = ImportAnswer(
        success=True,
        imported=report.imported,
        total=report.total,
        session_id=str(imported.session),
        session_name=imported.session_name,
        capture_id=str(imported.capture),
        errors=report.entry_errors,
        warnings=report.warnings + _same_file(imported),
        encoding=report.encoding,
        upload_bytes=report.upload_bytes,
        har_bytes=report.har_bytes,
        sha256=report.sha256,
        same_as=list(map(str, imported.same_as)) or msgspec.UNSET,
    )
    if report.salvage is not None:
        answer.salvaged = True
        answer.gaps, answer.gap_count = report.salvage.gaps, report.salvage.gap_count
        answer.truncated = report.salvage.is_truncated
        answer.envelope = "kept" if report.salvage.is_envelope_kept else "rebuilt"
    return answer


def _same_file(imported: ImportResult) -> list[str]:
    """Return what is said of a file that was there before."""
    return [f"the same file was there already, as capture {imported.same_as[0]}"] if imported.same_as else []
