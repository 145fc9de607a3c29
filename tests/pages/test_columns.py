"""Column profiles: the figures, the values to filter by, the histogram whose bars lead to their rows."""

from datetime import UTC, datetime

import pytest
from aiohttp.test_utils import TestClient
from multidict import MultiDict

from app import keys
from app.doors import render_part
from app.pages.columns import HEIGHT, bars, share, short
from app.pages.view import View, table_path
from app.query.profile import SAMPLE_ABOVE
from app.schemas.accounts import Role
from app.schemas.tables import Bin, ColumnProfile, ColumnStats, SchemaChange, TableStats
from tests.pages.warehouse_of_pages import fill, page


@pytest.fixture
async def data(client: TestClient) -> TestClient:
    await fill(client.app)
    return client


async def test_a_profile_tells_type_empty_distinct_least_and_greatest(data: TestClient) -> None:
    html = await page(data, "/tables/measures/columns/IV")
    assert "DECIMAL(12,4)" in html
    assert "4.97" in html
    assert 'class="histogram"' in html
    assert 'href="/tables/measures/chart?y=IV"' in html


async def test_a_large_table_is_sampled_and_says_so(data: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.query.profile.SAMPLE_ABOVE", 50_000)
    rows = "SELECT CASE WHEN i % 4 = 0 THEN NULL ELSE i END AS n FROM range(100_000) t(i)"
    await data.app[keys.WAREHOUSE].call(lambda cursor: cursor.execute(f"CREATE TABLE large AS {rows}"))
    profile = await data.app[keys.QUERY].profile("large", "n")
    assert profile.sampled
    assert 0 < profile.sample_rows < 100_000
    assert (profile.nulls, profile.min, profile.max) == (25_000, "1", "99999")  # exact all the same
    html = await page(data, "/tables/large/columns/n")
    assert "Sample" in html
    assert f"come from {profile.sample_rows:,} of the rows" in html


async def test_values_are_links_that_filter_and_a_chosen_one_lets_the_others_back(data: TestClient) -> None:
    html = await page(data, "/tables/measures/columns/FACTORY?column=LOT&op=%3D&value=00001", part=True)
    assert "column=FACTORY&amp;op=%3D&amp;value=F1" in html
    assert ">60<" in html
    chosen = await page(data, "/tables/measures/columns/FACTORY?column=FACTORY&op=%3D&value=F1", part=True)
    assert 'aria-current="true"' in chosen
    assert 'href="/tables/measures"' in chosen
    assert "F3" in chosen  # its own filter does not hide the other values


async def test_empty_values_can_be_chosen_too(data: TestClient) -> None:
    html = await page(data, "/tables/measures/columns/%EC%84%A4%EB%B9%84", part=True)
    assert "op=is+null" in html
    assert "2,250" in html


async def test_a_column_of_rare_values_lists_none_of_them(data: TestClient) -> None:
    assert 'class="values"' not in await page(data, "/tables/measures/columns/TRAN_TIME")


async def test_all_columns_stand_side_by_side_with_their_history(data: TestClient) -> None:
    html = await page(data, "/tables/measures/columns")
    assert html.count('<th scope="row">') == 5
    assert "The columns have not changed" in html


async def test_a_change_of_the_schema_is_told_in_both_languages(data: TestClient) -> None:
    at = datetime(2026, 11, 1, 9, tzinfo=UTC)
    changes = [SchemaChange(at=at, column="LOT", change="widened", before="VARCHAR2(10)", after="VARCHAR2(20)")]
    columns = [ColumnStats(name="LOT", type="VARCHAR", oracle_type="VARCHAR2(20)", nulls=0, distinct=9, sampled=True)]
    stats = TableStats(
        name="x", row_count=5, columns=columns, time_range=("2026-01-01", "2026-02-01"), schema_history=changes
    )
    context = {"stats": stats, "path": "/tables/x", "profile_url": str, "table_path": table_path}
    context |= {"share": share, "short": short}
    said = {
        language: render_part(data.app, language, Role.VIEWER, "_table_columns.html", context)
        for language in ("en", "ko")
    }
    assert "widened" in said["en"]
    assert "확장" in said["ko"]
    assert all("VARCHAR2(10)" in text and "≈ 9" in text and "2026-02-01" in text for text in said.values())


async def test_an_unknown_column_is_named(data: TestClient) -> None:
    assert "no column named ghost" in await page(data, "/tables/measures/columns/ghost", status=422)


def profile(kind: str, bins: list[Bin]) -> ColumnProfile:
    return ColumnProfile(name="V", type=kind, rows=11, nulls=0, distinct=2, histogram=bins, sample_rows=11)


def test_a_bar_leads_to_its_own_rows_and_the_last_one_includes_its_end() -> None:
    drawn = bars(
        profile("DOUBLE", [Bin(low=0, high=5, count=10), Bin(low=5, high=10, count=1)]), View.read(MultiDict()), "/t"
    )
    assert list(drawn[0]["url"].query.getall("op")) == [">=", "<"]
    assert list(drawn[1]["url"].query.getall("op")) == [">=", "<="]
    assert float(drawn[0]["height"]) == HEIGHT


def test_a_bar_of_one_row_among_millions_is_seen() -> None:
    drawn = bars(profile("DOUBLE", [Bin(low=0, high=5, count=10**7), Bin(low=5, high=9, count=1)]), View(), "/t")
    assert float(drawn[1]["height"]) > 1


def test_bars_of_moments_carry_their_offset() -> None:
    bins = [Bin(low="2026-01-01T00:00:00", high="2026-01-02T00:00:00", count=1)]
    assert bars(profile("TIMESTAMP WITH TIME ZONE", bins), View(), "/t")[0]["url"].query["value"].endswith("+00:00")


def test_a_share_never_says_none_or_all_when_it_is_not() -> None:
    assert [share(0, 10), share(1, 10**6), share(999_999, 10**6), share(10, 10), share(1, 3), share(0, 0)] == [
        "0%",
        "<0.1%",
        ">99.9%",
        "100%",
        "33.3%",
        "0%",
    ]


def test_long_values_are_shortened_and_fractions_rounded() -> None:
    assert (short("x" * 50), short(0.1 + 0.2), short(None)) == ("x" * 39 + "…", "0.3", "")


async def test_a_sample_of_a_large_table_is_called_one_and_its_ends_are_exact(data: TestClient) -> None:
    rows = SAMPLE_ABOVE + 1
    await data.app[keys.WAREHOUSE].rows(f"CREATE TABLE large AS SELECT i AS v FROM range({rows}) t(i)")
    html = await page(data, "/tables/large/columns/v")
    assert all(words in html for words in ("Sample", "≈ ", f'title="{rows - 1}"', 'title="0"'))
    assert "≈ " in await page(data, "/tables/large/columns")
