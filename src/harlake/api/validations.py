"""What is told of a HAR that was checked."""

from __future__ import annotations

from dataclasses import asdict

from harlake.api.models import ProblemAnswer, ProfileAnswer, ValidateAnswer
from harlake.upload.upload_reader import UploadReport


def report_answer(report: UploadReport) -> ValidateAnswer:
    """Return the answer about a HAR that can be imported."""
    checked = report.checked
    assert checked is not None
    return ValidateAnswer(
        valid=True,
        version=report.version,
        creator=report.creator,
        browser=report.browser,
        entry_count=report.total,
        importable=report.imported,
        page_count=report.page_count,
        errors=report.entry_errors,
        warnings=report.warnings,
        encoding=report.encoding,
        har_bytes=report.har_bytes,
        problems=[ProblemAnswer(**asdict(one)) for one in checked.problems],
        problem_counts=checked.counts,
        profiles={name: ProfileAnswer(why is None, why) for name, why in checked.refusals.items()},
    )
