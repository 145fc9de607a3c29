"""A large full in pieces that survive: ROWID ranges at one SCN, each committed with its line in DuckDB's ledger."""

from __future__ import annotations

import json
from dataclasses import dataclass

from app.oracle import Session
from app.schemas.names import folded, quoted
from app.sync import ledger, plan
from app.sync.columns import Plan
from app.sync.sources import Facts, Found
from app.warehouse import Cursor

PIECE = 1_000_000  # rows of a chunk, at most
SAMPLED = 4_000  # ROWIDs to cut by


@dataclass(frozen=True)
class Chunks:
    """A table of more than ``rows`` is read in chunks, where Oracle allows it.

    Chunks that begin within ``seconds`` commit together: a commit for each would cost a fast Oracle more than the
    rereading of some seconds.
    """

    rows: int = 2_000_000
    seconds: float = 5.0

    @property
    def piece(self) -> int:
        """Rows a chunk should have."""
        return min(PIECE, max(1, self.rows // 2))


AS_MEASURED = Chunks()


@dataclass(frozen=True)
class Cut:
    """A full in progress. ``bounds`` lie between the chunks; ``columns`` is what staging was made for."""

    sync_id: str
    scn: int
    bounds: list[str]
    columns: str
    resumed: int = 0

    @property
    def count(self) -> int:
        return len(self.bounds) + 1

    def query(self, whole: plan.Query, chunk: int) -> plan.Query:
        """The part of the whole reading that is chunk number so and so, from 0."""
        if chunk > 0:
            whole = whole.and_where("ROWID >= CHARTOROWID(:first_row)", first_row=self.bounds[chunk - 1])
        if chunk < len(self.bounds):
            whole = whole.and_where("ROWID < CHARTOROWID(:end_row)", end_row=self.bounds[chunk])
        return whole


def signature(plans: list[Plan]) -> str:
    """Changes when staging would have to be made anew."""
    return json.dumps([[each.name, each.select, each.stage] for each in plans], ensure_ascii=False)


def bounds(session: Session, facts: Facts, piece: int) -> list[str]:
    """ROWIDs that cut the table into pieces of about so many rows. From a sample of its blocks: that needs no grant."""
    rows = facts.rows or 0
    percent = min(99.0, max(0.001, 100.0 * SAMPLED / max(1, rows)))
    table = _name(facts.found)
    sql = f"SELECT ROWIDTOCHAR(r) FROM (SELECT ROWID AS r FROM {table} SAMPLE BLOCK ({percent:.3f})) ORDER BY r"
    sampled = [str(row[0]) for row in session.rows(sql)]
    if any(len(each) != 18 for each in sampled):
        return []  # an index-organized table: its row ids are no places that could be compared
    pieces = max(1, -(-rows // piece))
    places = {len(sampled) * number // pieces for number in range(1, pieces)}
    return [sampled[place] for place in sorted(places) if 0 < place < len(sampled)]


def _name(found: Found) -> str:
    return f"{quoted(found.owner)}.{quoted(found.table)}"


def begin(cursor: Cursor, name: str, cut: Cut) -> None:
    """Remember the cut; what was remembered of an earlier one goes."""
    ledger.forget_chunks(cursor, name)
    values = [folded(name), cut.sync_id, cut.scn, json.dumps(cut.bounds), cut.columns, cut.resumed]
    cursor.execute("INSERT INTO _sync.cuts VALUES (?, ?, ?, ?, ?, ?)", values)


def known(cursor: Cursor, name: str) -> Cut | None:
    """The cut in progress, if any."""
    sql = "SELECT sync_id, scn, bounds, columns_read, resumed FROM _sync.cuts WHERE name = ?"
    row = cursor.execute(sql, [folded(name)]).fetchone()
    return Cut(row[0], row[1], json.loads(row[2]), row[3], row[4]) if row else None


def interrupted(cursor: Cursor) -> list[tuple[str, int]]:
    """The runs that left a cut behind, and how often it has been resumed."""
    return cursor.execute("SELECT sync_id, resumed FROM _sync.cuts").fetchall()


def take_over(cursor: Cursor, name: str, sync_id: str) -> None:
    """Another run goes on with it."""
    sql = "UPDATE _sync.cuts SET sync_id = ?, resumed = resumed + 1 WHERE name = ?"
    cursor.execute(sql, [sync_id, folded(name)]).fetchall()


def give_up(cursor: Cursor, name: str, sync_id: str) -> None:
    """The moment of this run's own cut is lost, although Oracle may still show some rows of it."""
    cut = known(cursor, name)
    if cut and cut.sync_id == sync_id:
        ledger.forget_chunks(cursor, name)


def done(cursor: Cursor, name: str) -> dict[int, int]:
    """The chunks that are in staging, and their rows."""
    sql = "SELECT chunk, row_count FROM _sync.chunks WHERE name = ?"
    return dict(cursor.execute(sql, [folded(name)]).fetchall())


def note(cursor: Cursor, name: str, cut: Cut, chunk: int, rows: int) -> None:
    """Inside the transaction that commits the chunk's rows."""
    cursor.execute("INSERT INTO _sync.chunks VALUES (?, ?, ?, ?, ?)", [cut.sync_id, folded(name), chunk, rows, cut.scn])
