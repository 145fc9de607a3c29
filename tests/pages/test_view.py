"""A view and its address: what is read is what was written, whatever the names and values are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import MultiDict
from yarl import URL

from app.errors import Invalid
from app.pages.view import OPS, View, table_path
from app.schemas.tables import Filter, Order

NAMES = st.text(min_size=1, max_size=12).filter(lambda text: text == text.strip() and text.isprintable())
PARTS = NAMES | st.sampled_from(["a,b", 'say "hi"', "00123", "이름", "1;2"])


def filters() -> st.SearchStrategy[Filter]:
    def one(op: str) -> st.SearchStrategy[Filter]:
        values: st.SearchStrategy[object] = PARTS
        if op == "between":
            values = st.lists(PARTS, min_size=2, max_size=2)
        elif op in {"in", "not in"}:
            values = st.lists(PARTS, min_size=1, max_size=4)
        elif op in {"is null", "is not null"}:
            values = st.none()
        return st.builds(Filter, column=NAMES, op=st.just(op), value=values)

    return st.sampled_from(OPS).flatmap(one)


VIEWS = st.builds(
    View,
    filters=st.lists(filters(), max_size=4).map(tuple),
    sort=st.lists(st.builds(Order, column=NAMES, descending=st.booleans()), max_size=2).map(tuple),
    show=st.lists(NAMES, unique=True, max_size=3).map(tuple),
    open=st.lists(NAMES, unique=True, max_size=2).map(tuple),
    limit=st.sampled_from([50, 100, 500]),
    offset=st.integers(0, 10**9),
)


@given(VIEWS)
def test_an_address_reads_back_as_the_view_that_wrote_it(view: View) -> None:
    url = URL(str(view.at("/tables/x", offset=view.offset)))
    assert View.read(url.query) == view


def test_an_empty_query_is_the_plain_view_and_writes_nothing() -> None:
    assert View.read(MultiDict()) == View()
    assert str(View().at("/tables/x")) == "/tables/x"


def test_a_filter_row_left_empty_in_the_form_is_no_filter() -> None:
    query = MultiDict([("column", ""), ("op", "="), ("value", ""), ("column", "A"), ("op", "<"), ("value", "5")])
    assert View.read(query).filters == (Filter(column="A", op="<", value="5"),)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ([("column", "A"), ("op", "like; DROP"), ("value", "1")], "op"),
        ([("column", "A"), ("op", "between"), ("value", "1")], "value"),
        ([("limit", "many")], "limit"),
        ([("offset", "-5")], "offset"),
    ],
)
def test_what_cannot_be_understood_is_refused_by_name(query: list[tuple[str, str]], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        View.read(MultiDict(query))
    assert refused.value.details[0]["field"] == field


def test_a_head_sorts_up_then_down_then_not_at_all() -> None:
    view = View()
    up = View(sort=view.sorted_by("A"))
    down = View(sort=up.sorted_by("A"))
    assert [up.direction("A"), down.direction("A"), View(sort=down.sorted_by("A")).direction("A")] == [
        "ascending",
        "descending",
        "none",
    ]


def test_a_change_of_the_view_goes_back_to_its_first_page_and_an_unfolded_column_does_not() -> None:
    view = View(offset=300)
    assert "offset" not in view.at("/t", sort=(Order(column="A"),)).query
    assert view.at("/t", open=("A",)).query["offset"] == "300"


def test_files_have_neither_limit_nor_offset() -> None:
    question = View(limit=50, offset=150).question()
    assert (question.limit, question.offset) == (None, 0)


def test_a_table_of_any_name_has_one_path() -> None:
    assert table_path("a/b?c#d 이") == "/tables/a%2Fb%3Fc%23d%20%EC%9D%B4"
