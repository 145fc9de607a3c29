"""The database: catalog, rows, clock and sessions in one place; commit, rollback, prune."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any

from app.demo import boundary
from app.demo.boundary import ADMIN, LOGIN, Face, OracleError
from app.demo.engine import settings as session_settings
from app.demo.engine.catalog import Catalog
from app.demo.engine.changes import Changes
from app.demo.engine.clock import ALIVE, UNCOMMITTED, Clock
from app.demo.engine.codec import cells
from app.demo.engine.dictionary import Dictionary
from app.demo.engine.objects import ColumnDef, Table
from app.demo.engine.plan.casts import keeper
from app.demo.engine.session import EngineSession
from app.demo.engine.sql import nodes
from app.demo.engine.storage import Storage, shapes_of
from app.demo.engine.transactions import Transaction, Transactions

RIGHTS = ("CREATE SESSION", "CREATE TABLE", "CREATE VIEW", "CREATE SEQUENCE", "CREATE SYNONYM")


class EngineDatabase:
    """See ``boundary.Database``."""

    def __init__(self, face: Face, fault: Callable[..., None]) -> None:
        self.face, self.fault = face, fault
        self.clock = Clock()
        self.catalog = Catalog()
        self.storage = Storage()
        self.transactions = Transactions()
        self.sessions: dict[int, EngineSession] = {}
        self._sids = itertools.count(101)
        self.dictionary = Dictionary(self.catalog, self.storage, self.clock, self.facts)
        self._logins()

    def _logins(self) -> None:
        now = self.clock.now()
        self.catalog.add_user("SYS", "", now, admin=True)
        self.catalog.add_user(ADMIN[0], ADMIN[1], now, *RIGHTS, admin=True)
        self.catalog.add_user(LOGIN[0], LOGIN[1], now, *RIGHTS)

    def facts(self) -> dict[str, Any]:
        """What the V$ views show of the moment."""
        sessions = [
            {
                **each.attributes,
                **{name: getattr(each, name) for name in ("sid", "serial", "user", "schema", "since")},
            }
            for each in list(self.sessions.values())
        ]
        return {"banner": self.face.banner, "version": ".".join(map(str, self.face.version)), "sessions": sessions}

    def password(self, user: str) -> str | None:
        """See the boundary."""
        found = self.catalog.users.get(user)
        return found.password or None if found else None

    def connect(self, user: str, settings: dict[str, str]) -> boundary.Session:
        """See the boundary."""
        attributes = {
            key.removeprefix("AUTH_"): value for key, value in settings.items() if not key.startswith("AUTH_PASS")
        }
        attributes.setdefault("PROGRAM", attributes.get("PROGRAM_NM", ""))
        attributes.setdefault("OSUSER", attributes.get("SID", ""))
        session = EngineSession(self, user, next(self._sids), attributes)
        self.sessions[session.sid] = session
        try:
            session_settings.from_client(session, settings.get("AUTH_ALTER_SESSION", ""))
        except OracleError:
            session.close()
            raise
        return session

    def forget(self, session: EngineSession) -> None:
        """A session is over."""
        self.sessions.pop(session.sid, None)

    def commit(self, done: Transaction) -> None:
        """Its row versions get one new SCN, all at once for every reader."""
        with self.storage.lock:
            if done.tables:
                self._publish(done)
        self.transactions.end(done)

    def _publish(self, done: Transaction) -> None:
        scn = self.clock.scn + 1
        low, high = done.low, done.high
        self.storage.run("BEGIN TRANSACTION")
        for table in done.tables.values():
            if table.data < 0:
                continue
            self.storage.run(
                f"DELETE FROM {table.duck} WHERE f BETWEEN {low} AND {high} AND t BETWEEN {low} AND {high}"
            )
            self.storage.run(f"UPDATE {table.duck} SET f = {scn} WHERE f BETWEEN {low} AND {high}")
            self.storage.run(f"UPDATE {table.duck} SET t = {scn} WHERE t BETWEEN {low} AND {high}")
            table.touched = scn
            if table.pinned is not None:
                table.pinned = None
                self.catalog.changed()
        self.storage.run("COMMIT")
        self.clock.advance()

    def rollback(self, done: Transaction, statement: int) -> None:
        """Undo everything after that statement (0: all)."""
        low, high = done.low + statement + (1 if statement else 0), done.high
        with self.storage.lock:
            self.storage.run("BEGIN TRANSACTION")
            for table in done.tables.values():
                if table.data >= 0:
                    self.storage.run(f"DELETE FROM {table.duck} WHERE f BETWEEN {low} AND {high}")
                    self.storage.run(f"UPDATE {table.duck} SET t = {ALIVE} WHERE t BETWEEN {low} AND {high}")
            self.storage.run("COMMIT")

    def prune(self) -> None:
        """Forget all history up to now: older readers meet ORA-01555 in tables that changed since."""
        with self.storage.lock:
            for table in self.catalog.tables():
                gone = self.storage.run(f"SELECT max(t) FROM {table.duck} WHERE t < {UNCOMMITTED}")[0][0]
                latest = max(gone or 0, table.touched)
                if latest:
                    self.storage.run(f"DELETE FROM {table.duck} WHERE t < {UNCOMMITTED}")
                    table.lost = max(table.lost, latest)

    def analyze(self, table: Table) -> None:
        """Statistics as DBMS_STATS gathers them."""
        rows = self.storage.run(f"SELECT count(*) FROM {table.duck} WHERE t = {ALIVE}")[0][0]
        table.analyzed = (table.pinned.total if table.pinned else rows, self.clock.now())
        self.catalog.changed()

    def fill(self, session: EngineSession, table: Table, column: ColumnDef) -> None:
        """A new column's default into the rows that are there."""
        if column.default is None:
            return
        update = nodes.Update(0, nodes.Source(0, (table.owner, table.name), None),
                              [nodes.Set(0, [nodes.Name(0, (column.name,))], column.default[0])], None)  # fmt: skip
        Changes(session).run(update, [], [session.environment([])])
        session.commit()

    def copy_column(self, table: Table, old: ColumnDef, new: ColumnDef) -> None:
        """Every version's value of ``old`` into ``new`` of another type."""
        read = cells.from_duck(old.type, old.type.rep)
        keep = keeper(new.type, f'"{new.name}"')
        place = f"c{old.place}"
        found = self.storage.run(
            f"SELECT DISTINCT {place}, {cells.leaf(place, old.type.rep)} FROM {table.duck} WHERE {place} IS NOT NULL"
        )
        if not found:
            return
        values = [keep(read(row[1])) for row in found]
        names, slots, lists = [], [f"unnest(?::{old.type.duck}[]) AS old"], [[row[0] for row in found]]
        for name, slot, given in shapes_of(new, values):
            names.append(name)
            slots.append(f"{slot} AS {name}")
            lists.append(given)
        self.storage.run(
            f"UPDATE {table.duck} SET {', '.join(f'{name} = n.{name}' for name in names)} "
            f"FROM (SELECT {', '.join(slots)}) n WHERE {table.duck}.c{old.place} = n.old",
            lists,
        )
