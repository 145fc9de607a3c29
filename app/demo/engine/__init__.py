"""The database half of the embedded Oracle-speaking server: SQL, types, rows, dictionary, transactions.

``open_database`` is all that the wire half needs; see ``app/demo/boundary.py``.
"""

from __future__ import annotations

from collections.abc import Callable

from app.demo import sample
from app.demo.boundary import Face
from app.demo.engine.database import EngineDatabase


def _no_faults(name: str, *_arguments: object) -> None:
    raise ValueError(f"no faults here: {name}")


def open_database(
    face: Face | None = None, fault: Callable[..., None] = _no_faults, data: str = "sample"
) -> EngineDatabase:
    """A new database; ``data`` ``sample`` fills the sample schemas, ``none`` leaves it empty (see OpenDatabase)."""
    database = EngineDatabase(face or Face(), fault)
    if data == "sample":
        sample.fill(database)
    return database


__all__ = ["open_database"]
