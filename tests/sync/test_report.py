"""What a run tells of its progress: nothing it cannot know."""

from datetime import UTC, datetime

import pytest

from app.schemas.sync import State, SyncRun, SyncType
from app.sync.report import Report


@pytest.fixture
def report() -> Report:
    run = SyncRun(
        sync_id="a",
        target="t",
        oracle_table="O.T",
        type=SyncType.FULL,
        trigger="manual",
        actor="ann",
        state=State.RUNNING,
        queued_at=datetime(2026, 1, 2, tzinfo=UTC),
    )
    report = Report(run, lambda *_: None, lambda *_: None)
    report.begin()
    return report


def test_the_share_is_unknown_where_oracle_has_no_statistics(report: Report):
    report.expect(None)
    report.rows(500)
    assert (report.run.progress.percentage, report.run.progress.eta) == (None, None)


def test_the_share_stays_below_one_until_the_run_is_done_however_old_the_statistics(report: Report):
    report.expect(100)
    report.rows(50)
    assert report.run.progress.percentage == 0.5
    report.rows(450)
    assert 0 < report.run.progress.percentage < 1
    report.finish()
    assert report.run.progress.percentage == 1


def test_rows_that_are_read_again_are_not_counted_twice(report: Report):
    report.rows(500, 1000)
    report.restart()
    report.rows(500, 1000)
    assert (report.run.progress.total_rows, report.run.progress.bytes) == (500, 1000)
