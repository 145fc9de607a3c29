"""SQLAlchemy over python-oracledb: what data tools send, and the dictionary that its reflection reads."""

import datetime
from decimal import Decimal

import pytest
from sqlalchemy import (
    Column,
    ForeignKey,
    Identity,
    Index,
    MetaData,
    Table,
    create_engine,
    func,
    insert,
    inspect,
    select,
)
from sqlalchemy import types as kinds

from app.demo.process import start


@pytest.fixture(scope="module", params=["19c", "23ai"])
def engine(request):
    with start(request.param, "none") as server:
        url = f"oracle+oracledb://app:app@127.0.0.1:{server.port}/?service_name=FREEPDB1"
        engine = create_engine(url, coerce_to_decimal=True)
        yield engine
        engine.dispose()


def tables(metadata):
    lines = Table(
        "lines", metadata,
        Column("id", kinds.Integer, primary_key=True),
        Column("name", kinds.String(40), nullable=False),
        comment="라인",
    )  # fmt: skip
    lots = Table(
        "lots", metadata,
        Column("id", kinds.Integer, Identity(), primary_key=True),
        Column("line_id", ForeignKey("lines.id", name="lots_line_fk")),
        Column("yield_", kinds.Numeric(10, 3)),
        Column("made", kinds.DateTime),
        Column("note", kinds.Text),
        Index("lots_made_ix", "made"),
    )  # fmt: skip
    return lines, lots


def test_tables_are_made_filled_selected_and_reflected(engine):
    metadata = MetaData()
    lines, lots = tables(metadata)
    metadata.create_all(engine)
    try:
        made = datetime.datetime(2026, 11, 26, 12, 30)
        with engine.begin() as connection:
            connection.execute(insert(lines), [{"id": 1, "name": "식각"}, {"id": 2, "name": "노광"}])
            row = {"line_id": 1, "yield_": Decimal("98.125"), "made": made, "note": "긴 글 " * 3000}
            assert connection.execute(insert(lots), row).inserted_primary_key == (1,)
            connection.execute(insert(lots), [{**row, "line_id": 2, "note": None}, {**row, "yield_": None}])
        with engine.connect() as connection:
            first = select(lines.c.name, lots.c.yield_, lots.c.made, lots.c.note).join(lots).order_by(lots.c.id)
            assert connection.execute(first.limit(1)).one() == ("식각", Decimal("98.125"), made, "긴 글 " * 3000)
            counted = select(lines.c.name, func.count(), func.sum(lots.c.yield_)).join(lots).group_by(lines.c.name)
            assert sorted(connection.execute(counted)) == [
                ("노광", 1, Decimal("98.125")),
                ("식각", 2, Decimal("98.125")),
            ]
            paged = select(lots.c.id).order_by(lots.c.id).limit(1).offset(1)
            assert connection.execute(paged).scalars().all() == [2]
        reflected = MetaData()
        reflected.reflect(engine)
        assert sorted(reflected.tables) == ["lines", "lots"]
        assert [(column.name, column.nullable) for column in reflected.tables["lots"].columns] == [
            ("id", False), ("line_id", True), ("yield_", True), ("made", True), ("note", True)]  # fmt: skip
        seen = inspect(engine)
        assert seen.get_pk_constraint("lots")["constrained_columns"] == ["id"]
        assert seen.get_foreign_keys("lots")[0]["referred_table"] == "lines"
        assert seen.get_indexes("lots")[0]["column_names"] == ["made"]
        assert seen.get_table_comment("lines")["text"] == "라인"
    finally:
        metadata.drop_all(engine)
    assert inspect(engine).get_table_names() == []
