"""The answer of /health."""

from typing import Literal

from app.schemas.envelope import Model

Check = Literal["ok", "degraded", "failed"]


class Health(Model):
    status: Check
    version: str
    uptime_seconds: float
    checks: dict[str, Check]
