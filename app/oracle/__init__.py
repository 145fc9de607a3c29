"""Oracle, as the services see it: sessions, answers, Arrow batches, errors. The only package that imports oracledb."""

from app.oracle.check import Check, Privilege
from app.oracle.driver import Oracle
from app.oracle.session import Batch, Binds, Bound, Kind, Session

__all__ = ["Batch", "Binds", "Bound", "Check", "Kind", "Oracle", "Privilege", "Session"]
