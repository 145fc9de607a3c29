"""Everything that compiles, in one place: import this before compiling."""

from __future__ import annotations

from app.demo.engine.functions import dates, general, numbers, raws, spans, texts
from app.demo.engine.plan import aggregates, queries
from app.demo.engine.plan.expressions import AGGREGATES, COMPILERS, FUNCTIONS

FAMILIES = (texts, numbers, dates, spans, general, raws, aggregates, queries)
__all__ = ["AGGREGATES", "COMPILERS", "FAMILIES", "FUNCTIONS"]
