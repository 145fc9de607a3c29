"""How accounts and the audit write a moment: UTC as text that sorts."""

from __future__ import annotations

from datetime import UTC, datetime


def text(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="microseconds")
