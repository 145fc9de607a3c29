"""The chart page: buckets of native and text times, presets, zoom, groups; a single row's spike is never lost."""

import itertools
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from aiohttp.test_utils import TestClient

from app import keys
from app.warehouse import Cursor
from tests.pages.warehouse_of_pages import fill, page

CHART = "/tables/measures/chart"


@pytest.fixture
async def data(client: TestClient) -> TestClient:
    await fill(client.app)
    return client


def picture(html: str) -> dict[str, Any]:
    """What chart.js is given to draw."""
    found = re.search(r'<script type="application/json" data-plot>(.*?)</script>', html, flags=re.S)
    assert found is not None
    drawn: dict[str, Any] = json.loads(found[1])
    return drawn


def greatest(drawn: dict[str, Any]) -> float:
    return max(value for panel in drawn["panels"] for line in panel["lines"] for value in line["high"] if value)


async def test_a_table_with_text_times_has_a_chart_at_one_click(data: TestClient) -> None:
    html = await page(data, CHART)
    drawn = picture(html)
    assert drawn["naive"]
    assert len(drawn["x"]) > 100
    assert "9,000 rows in" in html
    assert '<polyline points="' in html  # the same without script


async def test_one_rows_spike_is_there_at_every_zoom(data: TestClient) -> None:
    assert greatest(picture(await page(data, f"{CHART}?y=IV"))) == pytest.approx(4.976, abs=0.01)
    start, end = "2026-10-03T00:00:00", "2026-10-04T06:00:00"  # row 4321 is at 2026-10-04 00:01
    for _ in range(4):
        html = await page(data, f"{CHART}?y=IV&start={start}&end={end}", part=True)
        drawn = picture(html)
        assert greatest(drawn) > 4.9
        assert drawn["panels"][0]["range"][1] > 4.9
        middle = 1_791_072_060  # that minute, as seconds
        quarter = (drawn["to"] - drawn["from"]) / 8
        start, end = iso(middle - quarter), iso(middle + quarter)


def iso(second: float) -> str:
    return datetime.fromtimestamp(second, UTC).replace(tzinfo=None).isoformat()


async def test_a_finer_zoom_has_finer_buckets(data: TestClient) -> None:
    def step(html: str) -> float:
        x = picture(html)["x"]
        return float(min(b - a for a, b in itertools.pairwise(x)))

    whole = step(await page(data, f"{CHART}?y=IV"))
    near = step(await page(data, f"{CHART}?y=IV&start=2026-10-03T00:00:00&end=2026-10-03T03:00:00"))
    assert near < whole
    assert near == 60  # the rows' own distance


async def test_a_resolution_that_is_too_fine_for_the_span_is_said(data: TestClient) -> None:
    html = await page(data, f"{CHART}?y=IV&every=1s")
    assert "1 second would make too many buckets here, so 10 minutes is drawn." in html
    near = await page(data, f"{CHART}?y=IV&every=1s&start=2026-10-03T00:00:00&end=2026-10-03T00:10:00")
    assert "too many buckets" not in near


async def test_presets_count_back_from_the_newest_row(data: TestClient) -> None:
    drawn = picture(await page(data, "/tables/orders/chart?y=amount&span=7d"))
    hours = (drawn["x"][-1] - drawn["x"][0]) / 3600
    assert 160 <= hours <= 168


async def test_a_time_in_the_far_future_does_not_empty_the_presets(data: TestClient) -> None:
    await data.app[keys.WAREHOUSE].rows("INSERT INTO orders VALUES (1, TIMESTAMP '9999-12-31', 1)")
    drawn = picture(await page(data, "/tables/orders/chart?y=amount&span=7d&end="))
    assert len(drawn["x"]) > 100


async def test_groups_make_lines_and_columns_make_panels(data: TestClient) -> None:
    grouped = picture(await page(data, f"{CHART}?y=IV&by=FACTORY"))
    assert [line["label"] for line in grouped["panels"][0]["lines"]] == ["IV · F1", "IV · F2", "IV · F3"]
    two = "/tables/orders/chart?y=amount&y=id"
    assert len(picture(await page(data, two))["panels"]) == 2
    assert len(picture(await page(data, f"{two}&together=1"))["panels"]) == 1


async def test_the_cut_leaves_the_outlier_outside_and_says_so(data: TestClient) -> None:
    html = await page(data, f"{CHART}?y=IV&cut=1")
    assert picture(html)["panels"][0]["range"][1] < 1
    assert "1 bucket reaches outside the range shown" in html


async def test_a_range_of_values_and_a_filter_are_kept(data: TestClient) -> None:
    html = await page(data, f"{CHART}?y=IV&low=0&high=1&column=FACTORY&op=%3D&value=F1")
    assert picture(html)["panels"][0]["range"] == [0, 1]
    assert "3,000 rows in" in html
    assert 'href="/tables/measures?column=FACTORY&amp;op=%3D&amp;value=F1"' in html  # the rows behind the chart


async def test_an_empty_span_says_so_and_leads_back(data: TestClient) -> None:
    html = await page(data, f"{CHART}?y=IV&start=1990-01-01&end=1990-01-02")
    assert "There is nothing to draw here" in html
    assert 'href="/tables/measures/chart?y=IV"' in html


async def test_a_table_without_time_says_what_is_missing(data: TestClient) -> None:
    await data.app[keys.WAREHOUSE].rows("CREATE TABLE plain AS SELECT 1 AS a, 2.5 AS b")
    answer = await data.get("/tables/plain/chart", headers={"Accept-Language": "en"})
    assert answer.status == 200
    assert "There is nothing to draw here" in await answer.text()


async def test_the_address_that_htmx_pushes_is_the_plain_one(data: TestClient) -> None:
    answer = await data.get(f"{CHART}?y=IV&low=&high=&every=auto&function=avg&by=", headers={"HX-Request": "true"})
    assert answer.headers["HX-Push-Url"] == f"{CHART}?y=IV"


@pytest.mark.parametrize("rows", [200_000, pytest.param(10_000_000, marks=pytest.mark.long)])
async def test_one_outlier_among_all_rows_is_drawn_at_every_zoom(data: TestClient, rows: int) -> None:
    def work(cursor: Cursor) -> None:
        cursor.execute(f"""CREATE TABLE big AS SELECT TIMESTAMP '2026-01-01' + INTERVAL (i) SECOND AS at,
            CASE WHEN i = {rows // 3} THEN 5.0 ELSE 0.1746 END::DOUBLE AS value FROM range({rows}) x(i)""")

    await data.app[keys.WAREHOUSE].call(work)
    middle, half = 1_767_225_600 + rows // 3, rows / 1.0
    while half > 1:
        start, end = iso(middle - half), iso(middle + half)
        drawn = picture(await page(data, f"/tables/big/chart?y=value&start={start}&end={end}", part=True))
        assert greatest(drawn) == 5.0
        half /= 8
