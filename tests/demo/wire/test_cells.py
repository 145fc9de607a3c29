"""Rows in which some LOBs are locators."""

from app.demo.boundary import BLOB, CLOB, LONG, NUMBER, ROWID, Column
from app.demo.wire.cells import encode_rows
from app.demo.wire.lobs import SIZE, Lobs


def test_each_lob_takes_the_form_that_was_defined_for_it():
    columns = [Column("A", NUMBER), Column("B", CLOB), Column("C", BLOB), Column("D", ROWID)]
    lobs = Lobs()
    rowid = b"\0\0\0\x09\0\2\0\0\0\0\x07\0\1"
    data = encode_rows([[b"\xc1\x02", b"text", b"\1\2", rowid]], columns, [NUMBER, LONG, BLOB, ROWID], lobs)
    locator = data[-SIZE - 10 : -10]
    assert data[:10] == b"\x07\x02\xc1\x02\x04text\0"
    assert data[11:16] == bytes((1, SIZE, 1, 2, 2))
    assert lobs.content(locator) == b"\1\2"
    assert data.endswith(b"\x0d\x01\x09\x01\x02\0\x01\x07\x01\x01")


def test_null_lobs_and_rowids_are_one_zero_byte():
    columns = [Column("B", CLOB), Column("C", BLOB), Column("D", ROWID)]
    assert encode_rows([[None, None, None]], columns, [CLOB, BLOB, ROWID], Lobs()) == b"\x07\0\0\0"
