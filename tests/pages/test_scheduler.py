"""The schedule page as a browser meets it: add, pause, run, delete, and what a wrong time says."""

import re

import pytest
from aiohttp.test_utils import TestClient


async def added(client: TestClient, **form: str) -> str:
    """The address of a job that the form has just made."""
    answer = await client.post("/scheduler/jobs", data={"name": "nightly", **form}, allow_redirects=False)
    assert answer.status == 303, await answer.text()
    page = await (await client.get("/scheduler")).text()
    found = re.search(r'href="(/scheduler/jobs/\w+)">nightly', page)
    assert found is not None
    return found.group(1)


async def test_without_jobs_it_says_what_to_do(client: TestClient) -> None:
    page = await (await client.get("/scheduler", headers={"Accept-Language": "ko"})).text()
    assert "아직 등록된 일정이 없습니다" in page
    assert "작업 추가하기" in page


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ({"when": "day", "time": "02:30"}, "every day at 02:30"),
        ({"when": "weekdays", "time": "07:00"}, "on weekdays at 07:00"),
        ({"when": "monday", "time": "00:05"}, "every Monday at 00:05"),
        ({"when": "hour"}, "every hour at minute 0"),
        ({"when": "10min"}, "every 10 minutes"),
        ({"when": "cron", "cron": "15 10 * * 1#2"}, "15 10 * * 1#2"),
    ],
)
async def test_a_job_is_added_and_shown_in_words(client: TestClient, form: dict[str, str], said: str) -> None:
    address = await added(client, **form)
    assert said in await (await client.get("/scheduler")).text()
    assert "Next runs" in await (await client.get(address)).text()


@pytest.mark.parametrize(
    "form", [{"when": "day", "time": "noon"}, {"when": "never"}, {"when": "cron", "cron": "61 * * * *"}]
)
async def test_a_time_that_is_none_is_refused_and_nothing_is_stored(client: TestClient, form: dict[str, str]) -> None:
    answer = await client.post("/scheduler/jobs", data=form, allow_redirects=False)
    assert answer.status == 422
    assert "Nothing is scheduled yet" in await (await client.get("/scheduler")).text()


async def test_a_job_is_paused_and_runs_again(client: TestClient) -> None:
    address = await added(client, when="hour")
    await client.post(address + "/enabled", data={"enabled": "false"})
    assert "Paused" in await (await client.get("/scheduler")).text()
    await client.post(address + "/enabled", data={"enabled": "true"})
    assert "Paused" not in await (await client.get("/scheduler")).text()


async def test_a_job_is_deleted_only_after_a_question(client: TestClient) -> None:
    address = await added(client, when="hour")
    assert "Delete the job nightly?" in await (await client.get(address + "/delete")).text()
    assert (await client.get(address)).status == 200
    await client.post(address + "/delete")
    assert (await client.get(address)).status == 404


async def test_htmx_gets_the_part_that_the_page_includes(client: TestClient) -> None:
    await added(client, when="hour")
    part = await (await client.get("/scheduler", headers={"HX-Request": "true"})).text()
    assert part.lstrip().startswith('<section id="_scheduler_jobs"')
    assert part.strip() in await (await client.get("/scheduler")).text()


async def test_a_hostile_name_stays_text(client: TestClient) -> None:
    await client.post("/scheduler/jobs", data={"name": "<script>alert(1)</script>", "when": "hour"})
    assert "<script>alert" not in await (await client.get("/scheduler")).text()
