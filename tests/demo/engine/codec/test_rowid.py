"""ROWIDs: letters, bytes, order."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.demo.boundary import OracleError
from app.demo.engine.codec import rowid

PLACES = st.builds(rowid.place, st.integers(1, 10**6), st.integers(0, 10**9))


@given(PLACES)
def test_a_row_id_survives_letters_and_bytes(value: int) -> None:
    assert rowid.read(rowid.show(value)) == value
    assert rowid.unpacked(rowid.packed(value)) == value


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_row_ids_of_one_table_order_as_its_rows(a: int, b: int) -> None:
    assert (rowid.place(70001, a) < rowid.place(70001, b)) == (a < b)


@pytest.mark.parametrize("text", ["", "AAAA", "!" * 18])
def test_what_is_no_row_id_is_refused(text: str) -> None:
    with pytest.raises(OracleError, match="ORA-01410"):
        rowid.read(text)
