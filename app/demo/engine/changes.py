"""A statement that changes rows: new row versions under a mark of their own, waiting, undoing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from app.demo.boundary import OracleError
from app.demo.engine import inserting, integrity, merging, updating
from app.demo.engine.clock import ALIVE, UNCOMMITTED
from app.demo.engine.errors import ora
from app.demo.engine.guarding import translated
from app.demo.engine.objects import ColumnDef, Table, View
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.expressions import compiled
from app.demo.engine.plan.output import arguments, parameters_of
from app.demo.engine.plan.scope import Relation, Scope
from app.demo.engine.plan.sources import table as table_relation
from app.demo.engine.results import Done
from app.demo.engine.rows import Reader, assigned
from app.demo.engine.sql import nodes
from app.demo.engine.storage import shapes_of, stored
from app.demo.engine.types import OraType

Env = dict[str, Any]


class Blocked(Exception):
    """Another transaction holds what this statement needs."""

    def __init__(self, other: Any) -> None:
        super().__init__()
        self.other = other


class Changes:
    """One DML statement of a session."""

    def __init__(self, session: Any) -> None:
        self.session, self.database = session, session.database
        self.storage, self.catalog = self.database.storage, self.database.catalog
        self.wait: float | None = None

    def run(self, node: Any, kinds: list[OraType], envs: Sequence[Env]) -> Done:
        """Execute once for each of ``envs``; the whole call undoes itself when it fails."""
        if len(envs) > 1:
            return self._several_times(node, kinds, envs)
        return self._run(node, kinds, envs)

    def _several_times(self, node: Any, kinds: list[OraType], envs: Sequence[Env]) -> Done:
        """All at once; when that fails, one after the other, so that what came before the error stays, as in Oracle."""
        try:
            return self._run(node, kinds, envs)
        except OracleError as error:
            if error.code in (1013, 60, 54):
                raise
            for env in envs:
                self._run(node, kinds, [env])
            raise

    def _run(self, node: Any, kinds: list[OraType], envs: Sequence[Env]) -> Done:
        runner = _RUNNERS[type(node)]
        opened = self.session.transaction is None
        mine = self.session.begin()
        try:
            while True:
                try:
                    return self._guarded(runner, node, kinds, envs, mine)
                except Blocked as blocked:
                    self.database.transactions.wait(mine, blocked.other, self.wait, self.session.cancelled)
        except BaseException:
            if opened and not mine.tables and not mine.locked:
                self.session.rollback()
            raise

    def _guarded(self, runner: Any, node: Any, kinds: list[OraType], envs: Sequence[Env], mine: Any) -> Done:
        with self.storage.lock:
            self.storage.run("BEGIN TRANSACTION")
            known = dict(mine.tables)
            self.session.changing = True
            try:
                done: Done = runner(self, node, kinds, envs, mine.mark())
                self.storage.run("COMMIT")
                return done
            except BaseException as error:
                self._undo()
                mine.tables = known
                if isinstance(error, duckdb.Error):
                    raise translated(error) from error
                raise
            finally:
                self.session.changing = False

    def _undo(self) -> None:
        with contextlib.suppress(duckdb.Error):
            self.storage.run("ROLLBACK")

    def table(self, node: nodes.Source, privilege: str) -> Table:
        """The table to change. Raises ORA-00942, 01031, 01732."""
        thing = self.catalog.find(self.session.schema, node.parts) if node.parts else None
        if thing is None and node.query is not None:
            raise ora(1732, at=node.at)
        self.catalog.need(self.session.user, thing, privilege, node.at)
        if isinstance(thing, View):
            raise ora(1732, at=node.at)
        if not isinstance(thing, Table):
            raise ora(942, at=node.at)
        for other in self.database.transactions.open.values():
            if other is not self.session.transaction and thing.id in other.lock_tables:
                raise Blocked(other)
        return thing

    def context(self, kinds: list[OraType], env: Env) -> Context:
        """A fresh compilation."""
        return Context(self.session.who(), kinds, env)

    def bring(self, ctx: Context, sql: str, env: Env) -> list[tuple[Any, ...]]:
        """Rows of compiled SQL at the current SCN, own changes included."""
        given = arguments(parameters_of(ctx, sql), env)
        low, high = self.session.own_marks()
        scn = self.session.read_scn or self.database.clock.scn
        given |= {name: run(env) for name, run in ctx.scns.items()}
        given |= {"scn": scn, "lo": low, "hi": high}
        used = {name: value for name, value in given.items() if f"${name}" in sql}
        rows: list[tuple[Any, ...]] = self.storage.run(sql, used or None)
        return rows

    def targets(self, table: Table, names: list[tuple[str, int]]) -> list[ColumnDef]:
        if not names:
            return [column for column in table.columns if column.virtual is None]
        found = []
        for name, at in names:
            column = table.column(name)
            if column is None:
                raise ora(904, f'"{name}"', at=at)
            if column.virtual is not None:
                raise ora(54013, at=at)
            if column in found:
                raise ora(957, at=at)
            found.append(column)
        return found

    def value(self, ctx: Context, column: ColumnDef, value: nodes.Node) -> Ex:
        if isinstance(value, nodes.Literal) and value.kind == "default":
            value = column.default[0] if column.default else nodes.Literal(value.at, "null", "")
        return assigned(ctx, compiled(ctx, value, Scope()), column)

    def store(self, table: Table, columns: list[ColumnDef], rows: list[list[Any]], mark: int) -> list[int]:
        everything = [column for column in table.columns if column.virtual is None]
        missing = [column for column in everything if column not in columns]
        fillers = [self._filler(table, column) for column in missing]
        full = [[*row, *(fill() for fill in fillers)] for row in rows] if missing else rows
        order = columns + missing
        for place, column in enumerate(order):
            if not column.nullable and any(row[place] is None for row in full):
                raise ora(1400, f'"{table.owner}"."{table.name}"."{column.name}"')
        ids: list[int] = self.storage.insert(table, full, mark, order)
        self.session.transaction.tables[table.id] = table
        return ids

    def _filler(self, table: Table, column: ColumnDef) -> Callable[[], Any]:
        if column.identity:

            def identity() -> Any:
                table.next_identity += 1
                return Decimal(table.next_identity - 1)

            return identity
        if column.default is None:
            return lambda: None
        env = self.session.environment([])
        ctx = self.context([], env)
        reader = Reader(ctx, table, [column], [assigned(ctx, compiled(ctx, column.default[0], Scope()), column)], self)
        return lambda: reader.row(env)[0]

    def relation(
        self, table: Table, node: nodes.Source, kinds: list[OraType], env: Env
    ) -> tuple[Context, Relation, Scope]:
        ctx = self.context(kinds, env)
        relation = table_relation(ctx, table, node.alias or node.parts[-1], nodes.Source(node.at, node.parts, None))
        return ctx, relation, Scope([relation])

    def free(self, ids: Iterable[int], marks: Iterable[int]) -> None:
        """These rows must not be another transaction's. Raises Blocked."""
        other = self.database.transactions.blocker(self.session.transaction, marks, ids)
        if other is not None:
            raise Blocked(other)

    def replace(self, table: Table, columns: list[ColumnDef], found: list[list[Any]], mark: int) -> None:
        """Each found row (new values, …, row id, its ``t``) gets a new version."""
        if not found:
            return
        ids = [row[-2] for row in found]
        self.free(ids, {row[-1] for row in found if row[-1] != ALIVE})
        self._serializable(table, ids)
        for place, column in enumerate(columns):
            if not column.nullable and any(row[place] is None for row in found):
                raise ora(1407, f'"{table.owner}"."{table.name}"."{column.name}"')
        self._end(table, ids, mark)
        changed = {name for column in columns for name in stored(column)}
        kept = [
            name for column in table.columns if column.virtual is None for name in stored(column) if name not in changed
        ]
        names, slots, lists = ["r"], ["unnest(?::BIGINT[]) AS r"], [ids]
        for place, column in enumerate(columns):
            for name, slot, values in shapes_of(column, [row[place] for row in found]):
                names.append(name)
                slots.append(f"{slot} AS {name}")
                lists.append(values)
        new = [f"n.{name}" for name in names[1:]]
        old = [f"o.{name}" for name in kept]
        self.storage.run(
            f"INSERT INTO {table.duck} (r, f, t, {', '.join(names[1:] + kept)}) "
            f"SELECT o.r, {mark}, {ALIVE}, {', '.join(new + old)} FROM {table.duck} o "
            f"JOIN (SELECT {', '.join(slots)}) n ON n.r = o.r WHERE o.t = {mark}",
            lists,
        )
        self.session.transaction.tables[table.id] = table

    def _end(self, table: Table, ids: list[int], mark: int) -> None:
        self.storage.run(
            f"UPDATE {table.duck} SET t = {mark} WHERE t = {ALIVE} AND r IN (SELECT unnest(?::BIGINT[]))", [ids]
        )
        self.session.transaction.tables[table.id] = table

    def _serializable(self, table: Table, ids: list[int]) -> None:
        if self.session.read_scn is None:
            return
        newer = self.storage.run(
            f"SELECT count(*) FROM {table.duck} WHERE r IN (SELECT unnest(?::BIGINT[])) AND "
            f"((f > ? AND f < {UNCOMMITTED}) OR (t > ? AND t < {UNCOMMITTED}))",
            [ids, self.session.read_scn, self.session.read_scn],
        )
        if newer[0][0]:
            raise ora(8177)

    def remove(self, table: Table, found: Sequence[Sequence[Any]], mark: int) -> None:
        """These (row id, ``t``) are gone from here on; children follow or refuse."""
        if not found:
            return
        ids = [row[0] for row in found]
        self.free(ids, {row[1] for row in found if row[1] != ALIVE})
        self._serializable(table, ids)
        self._end(table, ids, mark)
        integrity.check(self, table, mark, deleted=True)


_RUNNERS: dict[type, Any] = {
    nodes.Insert: inserting.insert,
    nodes.Update: updating.update,
    nodes.Delete: updating.delete,
    nodes.Merge: merging.merge,
}
