"""Dictionary views of objects: tables, views, synonyms, sequences, indexes, constraints, comments, grants."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from app.demo.engine.catalog import Catalog
from app.demo.engine.dictionary_system import Facts, Rows
from app.demo.engine.objects import Constraint, Index, Sequence, Synonym, Table, View


def _tables(facts: Facts) -> Iterator[Table]:
    for table in facts.catalog.visible(facts.user, Table):
        if isinstance(table, Table):
            yield table


def _stats(table: Table) -> dict[str, Any]:
    if table.analyzed is None:
        return {}
    rows, when = table.analyzed
    width = sum(min(column.type.bytes_at_most // 3 + 1, 40) if column.type.text else 8 for column in table.columns)
    return {"NUM_ROWS": rows, "BLOCKS": rows // 100 + 1, "EMPTY_BLOCKS": 0, "AVG_ROW_LEN": width, "SAMPLE_SIZE": rows,
            "LAST_ANALYZED": when, "AVG_SPACE": 0, "CHAIN_CNT": 0}  # fmt: skip


def _all_tables(facts: Facts) -> Rows:
    return [
        {"OWNER": table.owner, "TABLE_NAME": table.name, "TABLESPACE_NAME": None if table.temporary else "USERS",
         "STATUS": "VALID", "TEMPORARY": "Y" if table.temporary else "N", "PARTITIONED": "NO", "IOT_TYPE": None,
         "NESTED": "NO", "SECONDARY": "N", "DROPPED": "NO", "ROW_MOVEMENT": "DISABLED", "LOGGING": "YES",
         "COMPRESSION": "DISABLED", "DEPENDENCIES": "ENABLED", "MONITORING": "YES", "READ_ONLY": "NO", "EXTERNAL": "NO",
         **_stats(table)}
        for table in _tables(facts)
    ]  # fmt: skip


def _statistics(facts: Facts) -> Rows:
    return [{"OWNER": table.owner, "TABLE_NAME": table.name, "OBJECT_TYPE": "TABLE", "STALE_STATS": "NO",
             **_stats(table)} for table in _tables(facts)]  # fmt: skip


def _views(facts: Facts) -> Rows:
    return [{"OWNER": view.owner, "VIEW_NAME": view.name, "TEXT_LENGTH": len(view.text), "TEXT": view.text,
             "TEXT_VC": view.text, "READ_ONLY": "N"}
            for view in facts.catalog.visible(facts.user, View) if isinstance(view, View)]  # fmt: skip


def _synonyms(facts: Facts) -> Rows:
    found = [each for each in facts.catalog.things.values() if isinstance(each, Synonym)]
    return [
        {"OWNER": each.owner, "SYNONYM_NAME": each.name, "TABLE_OWNER": each.target[0], "TABLE_NAME": each.target[1],
         "DB_LINK": None}
        for each in found
        if each.owner in (facts.user, "PUBLIC") or _target_seen(facts, each)
    ]  # fmt: skip


def _target_seen(facts: Facts, synonym: Synonym) -> bool:
    target = facts.catalog.things.get(synonym.target)
    return target is not None and facts.catalog.sees(facts.user, target)


def _sequences(facts: Facts) -> Rows:
    return [{"SEQUENCE_OWNER": each.owner, "OWNER": each.owner, "SEQUENCE_NAME": each.name, "MIN_VALUE": each.low,
             "MAX_VALUE": each.high, "INCREMENT_BY": each.step, "CYCLE_FLAG": "N", "ORDER_FLAG": "N", "CACHE_SIZE": 20,
             "LAST_NUMBER": each.next}
            for each in facts.catalog.visible(facts.user, Sequence) if isinstance(each, Sequence)]  # fmt: skip


def _objects(facts: Facts) -> Rows:
    things: list[Any] = [*facts.catalog.things.values(), *_indexes_seen(facts)]
    return [
        {"OWNER": each.owner, "OBJECT_NAME": each.name, "OBJECT_ID": each.id, "OBJECT_TYPE": each.kind,
         "DATA_OBJECT_ID": each.data if isinstance(each, Table) else None, "CREATED": each.created,
         "LAST_DDL_TIME": each.ddl_time or each.created if isinstance(each, Table) else each.created,
         "STATUS": "VALID", "TEMPORARY": "N", "GENERATED": "N", "SECONDARY": "N", "SUBOBJECT_NAME": None,
         "TIMESTAMP": None, "NAMESPACE": 1, "ORACLE_MAINTAINED": "N"}
        for each in things
        if isinstance(each, Index) or facts.catalog.sees(facts.user, each)
    ]  # fmt: skip


def _indexes_seen(facts: Facts) -> list[Index]:
    return [index for table in _tables(facts) for index in table.indexes]


def _indexes(facts: Facts) -> Rows:
    return [
        {"OWNER": index.owner, "INDEX_NAME": index.name, "TABLE_OWNER": index.table.owner,
         "TABLE_NAME": index.table.name, "TABLE_TYPE": "TABLE", "STATUS": "VALID", "PARTITIONED": "NO",
         "INDEX_TYPE": "FUNCTION-BASED NORMAL" if any(index.expressions) else "NORMAL", "GENERATED": "N",
         "UNIQUENESS": "UNIQUE" if index.unique else "NONUNIQUE", "COMPRESSION": "DISABLED", "PREFIX_LENGTH": None,
         "TABLESPACE_NAME": "USERS", "VISIBILITY": "VISIBLE", "TEMPORARY": "N"}
        for index in _indexes_seen(facts)
    ]  # fmt: skip


def _ind_columns(facts: Facts) -> Rows:
    return [
        {"INDEX_OWNER": index.owner, "OWNER": index.owner, "INDEX_NAME": index.name, "TABLE_OWNER": index.table.owner,
         "TABLE_NAME": index.table.name, "COLUMN_NAME": name, "COLUMN_POSITION": place, "COLUMN_LENGTH": 22,
         "CHAR_LENGTH": 0, "DESCEND": "DESC" if descending else "ASC"}
        for index in _indexes_seen(facts)
        for place, (name, descending) in enumerate(index.columns, 1)
    ]  # fmt: skip


def _ind_expressions(facts: Facts) -> Rows:
    return [
        {"INDEX_OWNER": index.owner, "OWNER": index.owner, "INDEX_NAME": index.name, "TABLE_OWNER": index.table.owner,
         "TABLE_NAME": index.table.name, "COLUMN_EXPRESSION": text, "COLUMN_POSITION": place}
        for index in _indexes_seen(facts)
        for place, text in enumerate(index.expressions, 1)
        if text
    ]  # fmt: skip


def _all_constraints(facts: Facts) -> Iterator[tuple[Table, Constraint]]:
    for table in _tables(facts):
        for each in table.constraints:
            yield table, each
        for column in table.columns:
            if not column.nullable and not (table.primary and column.name in table.primary.columns):
                text = f'"{column.name}" IS NOT NULL'
                yield (
                    table,
                    Constraint(f"SYS_C00{table.id}{column.place}", "C", [column.name], (None, text), generated=True),
                )


def _constraints(facts: Facts) -> Rows:
    return [
        {"OWNER": table.owner, "CONSTRAINT_NAME": each.name, "CONSTRAINT_TYPE": each.kind, "TABLE_NAME": table.name,
         "SEARCH_CONDITION": each.check[1] if each.check else None,
         "SEARCH_CONDITION_VC": each.check[1] if each.check else None,
         "R_OWNER": each.table.owner if each.table else None, "R_CONSTRAINT_NAME": each.of.name if each.of else None,
         "DELETE_RULE": each.delete if each.kind == "R" else None, "STATUS": "ENABLED", "DEFERRABLE": "NOT DEFERRABLE",
         "DEFERRED": "IMMEDIATE", "VALIDATED": "VALIDATED",
         "GENERATED": "GENERATED NAME" if each.generated else "USER NAME",
         "INDEX_NAME": each.name if each.kind in "PU" else None,
         "INDEX_OWNER": table.owner if each.kind in "PU" else None,
         "INVALID": None, "LAST_CHANGE": table.created}
        for table, each in _all_constraints(facts)
    ]  # fmt: skip


def _cons_columns(facts: Facts) -> Rows:
    return [
        {"OWNER": table.owner, "CONSTRAINT_NAME": each.name, "TABLE_NAME": table.name, "COLUMN_NAME": name,
         "POSITION": place if each.kind != "C" else None}
        for table, each in _all_constraints(facts)
        for place, name in enumerate(each.columns, 1)
    ]  # fmt: skip


def _tab_comments(facts: Facts) -> Rows:
    return [{"OWNER": each.owner, "TABLE_NAME": each.name, "TABLE_TYPE": each.kind, "COMMENTS": each.comment}
            for each in facts.catalog.visible(facts.user, Table, View) if isinstance(each, (Table, View))]  # fmt: skip


def _col_comments(facts: Facts) -> Rows:
    found: Rows = []
    for each in facts.catalog.visible(facts.user, Table, View):
        if isinstance(each, Table):
            found += [{"OWNER": each.owner, "TABLE_NAME": each.name, "COLUMN_NAME": column.name,
                       "COMMENTS": column.comment} for column in each.columns]  # fmt: skip
        elif isinstance(each, View):
            found += [{"OWNER": each.owner, "TABLE_NAME": each.name, "COLUMN_NAME": name,
                       "COMMENTS": each.comments.get(name)} for name, _, _ in each.columns]  # fmt: skip
    return found


def _tab_privs(facts: Facts) -> Rows:
    catalog: Catalog = facts.catalog
    found: Rows = []
    for (owner, name), given in catalog.grants.items():
        for who, privileges in given.items():
            if facts.scope != "DBA" and facts.user not in (owner, who) and who != "PUBLIC":
                continue
            found += [
                {"GRANTOR": catalog.grantors.get((owner, name, who, privilege), owner), "GRANTEE": who,
                 "TABLE_SCHEMA": owner, "TABLE_OWNER_": owner, "TABLE_NAME": name, "PRIVILEGE": privilege,
                 "GRANTABLE": "YES" if grantable else "NO",
                 "HIERARCHY": "NO", "COMMON": "NO", "TYPE": catalog.things[owner, name].kind, "INHERITED": "NO",
                 "OWNER": facts.user}
                for privilege, grantable in privileges.items()
            ]  # fmt: skip
    return found


def _tab(facts: Facts) -> Rows:
    seen = facts.catalog.visible(facts.user, Table, View, Synonym)
    return [{"TNAME": each.name, "TABTYPE": each.kind} for each in seen if each.owner == facts.user]


_STORAGE = (
    "CLUSTER_NAME IOT_NAME PCT_FREE:n PCT_USED:n INI_TRANS:n MAX_TRANS:n INITIAL_EXTENT:n NEXT_EXTENT:n MIN_EXTENTS:n "
    "MAX_EXTENTS:n PCT_INCREASE:n FREELISTS:n FREELIST_GROUPS:n BACKED_UP AVG_SPACE_FREELIST_BLOCKS:n "
    "NUM_FREELIST_BLOCKS:n DEGREE INSTANCES CACHE TABLE_LOCK BUFFER_POOL FLASH_CACHE CELL_FLASH_CACHE GLOBAL_STATS "
    "USER_STATS DURATION SKIP_CORRUPT CLUSTER_OWNER COMPRESS_FOR SEGMENT_CREATED RESULT_CACHE CLUSTERING HAS_IDENTITY "
    "CONTAINER_DATA INMEMORY DEFAULT_COLLATION SHARDED HYBRID"
)
_STATS = "NUM_ROWS:n BLOCKS:n EMPTY_BLOCKS:n AVG_SPACE:n CHAIN_CNT:n AVG_ROW_LEN:n SAMPLE_SIZE:n LAST_ANALYZED:d"
VIEWS: dict[str, tuple[str, Callable[[Facts], Rows]]] = {
    "ALL_TABLES": (
        (
            f"OWNER TABLE_NAME TABLESPACE_NAME STATUS LOGGING {_STATS} PARTITIONED IOT_TYPE TEMPORARY "
            "SECONDARY NESTED ROW_MOVEMENT MONITORING COMPRESSION DROPPED READ_ONLY DEPENDENCIES "
            "EXTERNAL " + _STORAGE
        ),
        _all_tables,
    ),
    "ALL_ALL_TABLES": (
        (f"OWNER TABLE_NAME TABLESPACE_NAME STATUS {_STATS} PARTITIONED IOT_TYPE TEMPORARY SECONDARY NESTED"),
        _all_tables,
    ),
    "ALL_TAB_STATISTICS": (f"OWNER TABLE_NAME OBJECT_TYPE {_STATS} STALE_STATS", _statistics),
    "ALL_VIEWS": (
        (
            "OWNER VIEW_NAME TEXT_LENGTH:n TEXT:l TEXT_VC:t TYPE_TEXT_LENGTH:n TYPE_TEXT:t VIEW_TYPE_OWNER "
            "VIEW_TYPE SUPERVIEW_NAME EDITIONING_VIEW READ_ONLY"
        ),
        _views,
    ),
    "ALL_SYNONYMS": ("OWNER SYNONYM_NAME TABLE_OWNER TABLE_NAME DB_LINK", _synonyms),
    "ALL_SEQUENCES": (
        (
            "SEQUENCE_OWNER SEQUENCE_NAME MIN_VALUE:n MAX_VALUE:n INCREMENT_BY:n CYCLE_FLAG ORDER_FLAG "
            "CACHE_SIZE:n LAST_NUMBER:n SCALE_FLAG EXTEND_FLAG SHARDED_FLAG SESSION_FLAG KEEP_VALUE"
        ),
        _sequences,
    ),
    "ALL_OBJECTS": (
        (
            "OWNER OBJECT_NAME SUBOBJECT_NAME OBJECT_ID:n DATA_OBJECT_ID:n OBJECT_TYPE CREATED:d LAST_DDL_TIME:d "
            "TIMESTAMP STATUS TEMPORARY GENERATED SECONDARY NAMESPACE:n EDITION_NAME SHARING EDITIONABLE "
            "ORACLE_MAINTAINED APPLICATION"
        ),
        _objects,
    ),
    "ALL_INDEXES": (
        (
            "OWNER INDEX_NAME INDEX_TYPE TABLE_OWNER TABLE_NAME TABLE_TYPE UNIQUENESS COMPRESSION PREFIX_LENGTH:n "
            "TABLESPACE_NAME STATUS PARTITIONED TEMPORARY GENERATED VISIBILITY LOGGING BLEVEL:n LEAF_BLOCKS:n "
            "DISTINCT_KEYS:n AVG_LEAF_BLOCKS_PER_KEY:n AVG_DATA_BLOCKS_PER_KEY:n CLUSTERING_FACTOR:n NUM_ROWS:n "
            "SAMPLE_SIZE:n LAST_ANALYZED:d DEGREE INSTANCES SECONDARY BUFFER_POOL DURATION JOIN_INDEX "
            "FUNCIDX_STATUS DROPPED INDEXING ITYP_OWNER ITYP_NAME PARAMETERS:t CONSTRAINT_INDEX"
        ),
        _indexes,
    ),
    "ALL_IND_COLUMNS": (
        (
            "INDEX_OWNER INDEX_NAME TABLE_OWNER TABLE_NAME COLUMN_NAME COLUMN_POSITION:n COLUMN_LENGTH:n "
            "CHAR_LENGTH:n DESCEND"
        ),
        _ind_columns,
    ),
    "ALL_IND_EXPRESSIONS": (
        "INDEX_OWNER INDEX_NAME TABLE_OWNER TABLE_NAME COLUMN_EXPRESSION:l COLUMN_POSITION:n",
        _ind_expressions,
    ),
    "ALL_CONSTRAINTS": (
        (
            "OWNER CONSTRAINT_NAME CONSTRAINT_TYPE TABLE_NAME SEARCH_CONDITION:l SEARCH_CONDITION_VC:t R_OWNER "
            "R_CONSTRAINT_NAME DELETE_RULE STATUS DEFERRABLE DEFERRED VALIDATED GENERATED LAST_CHANGE:d "
            "INDEX_OWNER INDEX_NAME INVALID BAD RELY VIEW_RELATED ORIGIN_CON_ID:n"
        ),
        _constraints,
    ),
    "ALL_CONS_COLUMNS": ("OWNER CONSTRAINT_NAME TABLE_NAME COLUMN_NAME POSITION:n", _cons_columns),
    "ALL_TAB_COMMENTS": ("OWNER TABLE_NAME TABLE_TYPE COMMENTS:t", _tab_comments),
    "ALL_MVIEW_COMMENTS": ("OWNER MVIEW_NAME COMMENTS:t", lambda _facts: []),
    "ALL_COL_COMMENTS": ("OWNER TABLE_NAME COLUMN_NAME COMMENTS:t ORIGIN_CON_ID:n", _col_comments),
    "ALL_TAB_PRIVS": (
        "GRANTOR GRANTEE TABLE_SCHEMA TABLE_NAME PRIVILEGE GRANTABLE HIERARCHY COMMON TYPE INHERITED",
        _tab_privs,
    ),
    "TAB": ("TNAME TABTYPE", _tab),
}
