"""One logged-in client: parses, plans, runs, commits; its settings and its transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import duckdb

from app.demo.boundary import Bind, Column, OracleError, Result
from app.demo.engine import admin, blocks, commands, definitions, locking, settings
from app.demo.engine.changes import Changes
from app.demo.engine.codec import cells
from app.demo.engine.errors import ora
from app.demo.engine.guarding import guarded
from app.demo.engine.plan.context import Context, Settings, Who
from app.demo.engine.plan.output import Plan, Replan, arguments, assign_constants, checked_reads, plan_query
from app.demo.engine.results import Done, QueryResult, Replayed
from app.demo.engine.sql import nodes
from app.demo.engine.sql.parser import parse
from app.demo.engine.transactions import Transaction
from app.demo.engine.types import OraType, varchar

_KEPT = 300


class EngineSession:
    """See ``boundary.Session``."""

    def __init__(self, database: Any, user: str, sid: int, attributes: dict[str, str]) -> None:
        self.database, self.user, self.schema = database, user, user
        self.sid, self.serial = sid, 1000 + sid
        self.settings = Settings()
        self.transaction: Transaction | None = None
        self.in_transaction = False
        self.changing = False  # a change of its own runs on the storage's connection
        self.read_scn: int | None = None
        self.serializable = False
        self.sequences: dict[tuple[str, str], int] = {}
        self.attributes = attributes
        self.since = database.clock.now()
        self._root = database.storage.cursor()
        self._plans: dict[Any, Plan] = {}
        self._running: set[duckdb.DuckDBPyConnection] = set()
        self._cancelled = threading.Event()

    def who(self) -> Who:
        """The session as the compiler sees it."""
        db = self.database
        return Who(self.user, self.schema, self.settings, db.face.name, db.catalog, db.clock,
                   lambda name, user: db.dictionary.find(name, user, self.settings), db.face.banner,
                   ".".join(map(str, db.face.version)), self.sid, self.attributes)  # fmt: skip

    def describe(self, sql: str) -> Sequence[Column]:
        """See the boundary."""
        node, names = parse(sql, self.database.face.name)
        if not isinstance(node, nodes.Query):
            return ()
        env = self.environment([Bind(1, 4000, 1, None) for _ in names])
        return plan_query(Context(self.who(), [varchar(4000)] * len(names), env), node).columns

    def environment(self, binds: Sequence[Bind]) -> dict[str, Any]:
        """What constants are computed from."""
        env: dict[str, Any] = {f":{i}": cells.from_bind(bind) for i, bind in enumerate(binds)}
        env["now"] = self.database.clock.now()
        env["sequences"] = self.sequences
        return env

    def execute(self, sql: str, binds: Sequence[Sequence[Bind]]) -> Result:
        """See the boundary."""
        self._cancelled.clear()
        first = list(binds[0]) if binds else []
        kinds = [cells.bind_type(bind) for bind in first]
        key = (sql, tuple(kinds), self.schema, self.settings, self.database.catalog.version)
        plan = self._plans.get(key)
        if plan is not None:
            try:
                return self._query(plan, self.environment(first))
            except Replan:
                del self._plans[key]
        node, names = parse(sql, self.database.face.name)
        if not (isinstance(node, nodes.Command) and node.kind == "block") and len(first) < len(names):
            raise ora(1008)
        if isinstance(node, nodes.Query):
            return self._plan_and_query(node, key, kinds, self.environment(first))
        return self._carry_out(node, kinds, binds)

    def _plan_and_query(self, node: nodes.Query, key: Any, kinds: list[OraType], env: dict[str, Any]) -> Result:
        context = Context(self.who(), kinds, env)
        plan = guarded(plan_query, context, node)
        if node.lock:
            locking.lock_rows(Changes(self), node, kinds, env)
        elif not plan.volatile:
            if len(self._plans) >= _KEPT:
                self._plans.clear()
            self._plans[key] = plan
        return self._query(plan, env)

    def scn(self) -> int:
        """The SCN that a statement which starts now reads at."""
        return self.read_scn if self.read_scn is not None else self.database.clock.scn

    def own_marks(self) -> tuple[int, int]:
        """The numbers of its own uncommitted row versions."""
        return (self.transaction.low, self.transaction.high) if self.transaction else (-1, -1)

    def reading(self, plan: Plan, env: dict[str, Any]) -> dict[str, Any]:
        """All parameters of a plan. Raises Replan and snapshot errors."""
        given = arguments(plan.parameters, env)
        scn = self.scn()
        given |= {name: at for name, at in checked_reads(plan.reads, scn, env, plan.scns).items() if name in plan.names}
        low, high = self.own_marks()
        given |= {k: v for k, v in (("scn", scn), ("lo", low), ("hi", high)) if k in plan.names}
        return {name: value for name, value in given.items() if name in plan.names}

    def _query(self, plan: Plan, env: dict[str, Any]) -> Result:
        given = guarded(self.reading, plan, env)
        if plan.scan and len(plan.reads) == 1 and plan.reads[0].table.pinned and (
            replayed := self._replayed(plan, given)):  # fmt: skip
            return replayed
        assign_constants(plan, env)
        cursor = self._root.cursor()
        self._running = {cursor}
        guarded(cursor.execute, plan.sql, given or None)
        return QueryResult(plan, cursor, guarded, self._checker(plan, given.get("scn", 0), env))

    def _replayed(self, plan: Plan, given: dict[str, Any]) -> Replayed | None:
        read = plan.reads[0]
        table = read.table
        changed = self.transaction is not None and table.id in self.transaction.tables
        if changed or given.get(read.scn, self.scn()) < table.touched:
            return None
        return table.pinned.replay(table, plan, given, self._root) if table.pinned else None

    def _checker(self, plan: Plan, scn: int, env: dict[str, Any]) -> Callable[[], None]:
        tables = [(read.table, read.table.data) for read in plan.reads]

        def check() -> None:
            if self._cancelled.is_set():
                raise ora(1013)
            for table, data in tables:
                if table.data != data:
                    raise ora(8103)
            checked_reads(plan.reads, scn, env, plan.scns)

        return check

    def _carry_out(self, node: Any, kinds: list[OraType], binds: Sequence[Sequence[Bind]]) -> Result:
        if isinstance(node, (nodes.Insert, nodes.Update, nodes.Delete, nodes.Merge)):
            if self.read_scn is not None and not self.serializable:
                raise ora(1456)
            return Changes(self).run(node, kinds, [self.environment(row) for row in (binds or [[]])])
        kind = node.kind
        if kind == "block":
            return blocks.run(self, node.parts["text"], list(binds[0]) if binds else [])
        if kind == "call":
            return admin.call(self, node, kinds, self.environment(binds[0] if binds else []))
        if kind == "alter session":
            settings.alter(self, node.parts["settings"])
            return Done()
        if kind in commands.COMMANDS:
            commands.COMMANDS[kind](self, node)
            return Done()
        self.commit()
        definitions.run(self, node)
        return Done()

    def begin(self) -> Transaction:
        """The open transaction, begun when there is none."""
        if self.transaction is None:
            self.transaction = self.database.transactions.begin(self.sid)
            self.in_transaction = True
        return self.transaction

    def commit(self) -> None:
        """See the boundary."""
        if self.transaction is not None:
            self.database.commit(self.transaction)
        self._over()

    def rollback(self) -> None:
        """See the boundary."""
        if self.transaction is not None:
            self.database.rollback(self.transaction, 0)
            self.database.transactions.end(self.transaction)
        self._over()

    def _over(self) -> None:
        self.transaction, self.read_scn, self.serializable, self.in_transaction = None, None, False, False

    def cancel(self) -> None:
        """See the boundary."""
        self._cancelled.set()
        if self.changing:
            self.database.storage.connection.interrupt()
        for cursor in list(self._running):
            try:
                cursor.interrupt()
            except duckdb.Error:
                self._running.discard(cursor)

    def cancelled(self) -> bool:
        """Whether the running call is to end."""
        return self._cancelled.is_set()

    def pause(self, seconds: float) -> bool:
        """Wait; True when it was cancelled meanwhile."""
        return self._cancelled.wait(seconds)

    def forget(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """A query's cursor is closed."""
        self._running.discard(cursor)

    def identify(self, attributes: dict[str, str]) -> None:
        """See the boundary."""
        self.attributes.update({name.upper(): value for name, value in attributes.items()})

    def change(self, **values: Any) -> None:
        """Set some of the session's settings."""
        self.settings = replace(self.settings, **values)

    def close(self) -> None:
        """See the boundary."""
        self.rollback()
        self.database.forget(self)
        self._root.close()


__all__ = ["EngineSession", "OracleError"]
