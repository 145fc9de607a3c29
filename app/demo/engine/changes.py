"""INSERT, UPDATE and DELETE: new row versions under a mark of their own."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any

import duckdb

from app.demo.boundary import OracleError
from app.demo.engine import integrity, many, merging, returning
from app.demo.engine.clock import ALIVE, UNCOMMITTED
from app.demo.engine.codec import rowid as rowids
from app.demo.engine.errors import ora
from app.demo.engine.guarding import guarded, translated
from app.demo.engine.objects import ColumnDef, Table, View
from app.demo.engine.plan.context import Context
from app.demo.engine.plan.ex import Ex
from app.demo.engine.plan.expressions import compiled, truth
from app.demo.engine.plan.output import Replan, arguments, parameters_of
from app.demo.engine.plan.queries import subquery
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

    # INSERT

    def insert(self, node: nodes.Insert, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
        """INSERT of values, or of a query's rows."""
        if node.branches:
            return many.insert_all(self, node, kinds, envs[0], mark)
        table = self.table(node.table, "INSERT")
        columns = self.targets(table, node.columns)
        if node.query is not None:
            rows = self._selected(table, columns, node.query, kinds, envs[0])
        else:
            rows = self._valued(table, columns, node.values or [], kinds, envs)
        ids = self.store(table, columns, rows, mark)
        integrity.check(self, table, mark, inserted=True)
        out = (
            returning.values(self, node.returning, table, mark, kinds, envs[0], node.table.alias)
            if node.returning
            else ()
        )
        return Done(len(rows), rowids.packed(ids[-1]) if ids else None, out)

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

    def _valued(
        self,
        table: Table,
        columns: list[ColumnDef],
        lists: list[list[nodes.Node]],
        kinds: list[OraType],
        envs: Sequence[Env],
    ) -> list[list[Any]]:
        rows = []
        for values in lists:
            if len(values) != len(columns):
                raise ora(947 if len(values) < len(columns) else 913, at=0)
            ctx = self.context(kinds, envs[0])
            exs = [self.value(ctx, column, value) for column, value in zip(columns, values, strict=True)]
            reader = Reader(ctx, table, columns, exs, self)
            rows += [reader.row(env) for env in envs]
        return rows

    def value(self, ctx: Context, column: ColumnDef, value: nodes.Node) -> Ex:
        if isinstance(value, nodes.Literal) and value.kind == "default":
            value = column.default[0] if column.default else nodes.Literal(value.at, "null", "")
        return assigned(ctx, compiled(ctx, value, Scope()), column)

    def _selected(
        self, table: Table, columns: list[ColumnDef], query: nodes.Query, kinds: list[OraType], env: Env
    ) -> list[list[Any]]:
        ctx = self.context(kinds, env)
        sub = subquery(ctx, query, None)
        if len(sub.columns) != len(columns):
            raise ora(947 if len(sub.columns) < len(columns) else 913, at=query.at)
        exs = [assigned(ctx, sub.column(i, "q"), column) for i, column in enumerate(columns)]
        reader = Reader(ctx, table, columns, exs, self)
        return reader.rows(f"({sub.sql}) q", "", env)

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

    # UPDATE and DELETE

    def update(self, node: nodes.Update, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
        """UPDATE."""
        table = self.table(node.table, "UPDATE")
        count, last = 0, None
        for index, env in enumerate(envs):
            step = mark if index == 0 else self.session.transaction.mark()
            ctx, relation, scope = self.relation(table, node.table, kinds, env)
            columns, exs = self.assignments(ctx, table, node.sets, scope)
            where = f" WHERE {truth(ctx, node.where, scope)}" if node.where is not None else ""
            reader = Reader(ctx, table, columns, exs, self, extra=[f"{relation.name}.r", f"{relation.name}.t"])
            found = reader.rows(relation.versions or "", where, env)
            self.replace(table, columns, found, step)
            integrity.check(self, table, step, changed={column.name for column in columns})
            count += len(found)
            last = found[-1][-2] if found else last
        out = (
            returning.values(self, node.returning, table, mark, kinds, envs[0], node.table.alias)
            if node.returning
            else ()
        )
        return Done(count, rowids.packed(last) if last is not None else None, out)

    def relation(
        self, table: Table, node: nodes.Source, kinds: list[OraType], env: Env
    ) -> tuple[Context, Relation, Scope]:
        ctx = self.context(kinds, env)
        relation = table_relation(ctx, table, node.alias or node.parts[-1], nodes.Source(node.at, node.parts, None))
        return ctx, relation, Scope([relation])

    def assignments(
        self, ctx: Context, table: Table, sets: Sequence[nodes.Set], scope: Scope
    ) -> tuple[list[ColumnDef], list[Ex]]:
        columns: list[ColumnDef] = []
        exs: list[Ex] = []
        for each in sets:
            targets = self.targets(table, [(name.parts[-1], name.at) for name in each.columns])
            if len(targets) > 1:
                exs += self._several(ctx, each, targets, scope)
            elif isinstance(each.value, nodes.Literal) and each.value.kind == "default":
                exs.append(self.value(ctx, targets[0], each.value))
            else:
                exs.append(assigned(ctx, compiled(ctx, each.value, scope), targets[0]))
            columns += targets
        return columns, exs

    def _several(self, ctx: Context, each: nodes.Set, targets: list[ColumnDef], scope: Scope) -> list[Ex]:
        if not isinstance(each.value, nodes.Scalar):
            raise ora(1767, at=each.at)
        sub = subquery(ctx, each.value.query, scope)
        if len(sub.columns) != len(targets):
            raise ora(947 if len(sub.columns) < len(targets) else 913, at=each.at)
        made = []
        for i, column in enumerate(targets):
            inner = sub.column(i, "q")
            whole = Ex(inner.type, f"(SELECT {inner.sql} FROM ({sub.sql}) q)", inner.rep, inner.digits,
                       approx=f"(SELECT {inner.approx} FROM ({sub.sql}) q)" if inner.approx else None)  # fmt: skip
            made.append(assigned(ctx, whole, column))
        return made

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

    def delete(self, node: nodes.Delete, kinds: list[OraType], envs: Sequence[Env], mark: int) -> Done:
        """DELETE."""
        table = self.table(node.table, "DELETE")
        count, last = 0, None
        for index, env in enumerate(envs):
            step = mark if index == 0 else self.session.transaction.mark()
            ctx, relation, scope = self.relation(table, node.table, kinds, env)
            where = f" WHERE {truth(ctx, node.where, scope)}" if node.where is not None else ""
            found = self.bring(ctx, f"SELECT {relation.name}.r, {relation.name}.t FROM {relation.versions}{where}", env)
            self.remove(table, found, step)
            count += len(found)
            last = found[-1][0] if found else last
        out = (
            returning.values(self, node.returning, table, mark, kinds, envs[0], node.table.alias)
            if node.returning
            else ()
        )
        return Done(count, rowids.packed(last) if last is not None else None, out)

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
    nodes.Insert: Changes.insert,
    nodes.Update: Changes.update,
    nodes.Delete: Changes.delete,
    nodes.Merge: merging.merge,
}
__all__ = ["Blocked", "Changes", "OracleError", "Replan", "guarded"]
