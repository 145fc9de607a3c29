"""The conversation without a model: asking back, going on, saying what came of a tool, in the asker's language."""

from collections.abc import Sequence
from typing import Any

from app.agent.mind import Piece
from app.agent.offline import Offline
from app.agent.tools import ALL, Tool
from app.schemas.agent import Call, ToolResult, Turn
from tests.agent.sentences import KNOWN


async def next_of(*history: Turn, tools: Sequence[Tool] = ALL, language: str = "en") -> Piece:
    async def know() -> Any:
        return KNOWN

    pieces = [piece async for piece in Offline(know).think(history, tools, language)]
    assert len(pieces) == 1
    return pieces[0]


def user(content: str) -> Turn:
    return Turn(role="user", content=content)


async def test_a_name_alone_answers_what_was_asked_back() -> None:
    asked_back = await next_of(user("최근 7건"))
    assert isinstance(asked_back, str)
    assert "어느 테이블" in asked_back
    call = await next_of(user("최근 7건"), Turn(role="assistant", content=asked_back), user("ORDERS요"))
    assert isinstance(call, Call)
    assert (call.name, call.arguments["table"], call.arguments["limit"]) == ("query_table", "ORDERS", 7)


async def test_the_table_talked_of_is_meant_when_none_is_named() -> None:
    used = Turn(role="assistant", calls=[Call(id="1", name="query_table", arguments={"table": "ORDERS"})])
    call = await next_of(user("show ORDERS"), used, user("average amount per day?"))
    assert isinstance(call, Call)
    assert (call.name, call.arguments["table"]) == ("aggregate_table", "ORDERS")


async def test_a_table_talked_of_is_never_synced_without_being_named() -> None:
    used = Turn(role="assistant", calls=[Call(id="1", name="query_table", arguments={"table": "ORDERS"})])
    assert isinstance(await next_of(user("show ORDERS"), used, user("start a sync")), str)


async def test_it_says_how_to_connect_a_model_when_it_does_not_understand() -> None:
    assert "OPENAI_API_KEY" in str(await next_of(user("why is the sky blue")))
    assert "언어 모델 없이는" in str(await next_of(user("하늘은 왜 파래")))


async def test_a_tool_that_the_role_lacks_is_not_called() -> None:
    reading = [tool for tool in ALL if not tool.writes]
    assert await next_of(user("sync ORDERS now"), tools=reading) == "Your role does not allow this."


async def told(question: str, name: str, arguments: dict[str, Any], data: Any) -> str:
    call = Turn(role="assistant", calls=[Call(id="1", name=name, arguments=arguments)])
    done = Turn(role="tool", call_id="1", tool_name=name, result=ToolResult(success=True, data=data))
    return str(await next_of(user(question), call, done))


async def test_the_sentence_holds_the_numbers_in_the_askers_language() -> None:
    data = {"total": 1234567, "row_count": 0, "rows": [], "columns": []}
    asked = {"table": "IV", "limit": 0}
    assert await told("IV 몇 건?", "query_table", asked, data) == "`IV`: 모두 **1,234,567**행입니다."
    assert await told("how many rows?", "query_table", asked, data) == "`IV` has **1,234,567** rows."


async def test_asked_how_fresh_it_names_the_table_whose_last_sync_failed() -> None:
    failed = {"state": "failed", "error": {"code": "oracle_away", "message": "Oracle does not answer."}}
    good = {"name": "IV", "rows": 5, "freshness_seconds": 60, "late": False, "watermark": None, "last_sync": None}
    bad = {**good, "name": "ORDERS", "last_sync": failed, "late": True}
    lines = (await told("is my data fresh?", "list_tables", {}, [good, bad])).splitlines()
    assert lines[1].endswith("synced 1 min ago")
    assert lines[2].endswith("· **late** · **last sync failed**")
    one = await told("when was ORDERS last synced?", "list_tables", {}, [good, bad])
    assert one.endswith("Its last sync failed: Oracle does not answer.")
    korean = await told("데이터 최신이야?", "list_tables", {}, [good, bad])
    assert korean.splitlines()[2].endswith("**마지막 동기화 실패**")


async def test_an_average_over_buckets_weighs_each_by_its_rows() -> None:
    rows = [
        {"time_bucket": "2026-11-22T00:00:00", "point_count": 1, "A_avg": 10.0, "A_sum": 10.0, "A_count": 1},
        {"time_bucket": "2026-11-23T00:00:00", "point_count": 9, "A_avg": 0.0, "A_sum": 0.0, "A_count": 9},
    ]
    data = {"rows": rows, "value_columns": ["A"], "resolution": "1d", "skipped": 0}
    text = await told("average?", "aggregate_table", {"table": "IV", "functions": ["avg", "sum", "count"]}, data)
    assert "**1**" in text


async def test_an_extreme_is_told_with_its_moment() -> None:
    rows = [{"time_bucket": f"2026-11-2{n}T00:00:00", "point_count": 1, "A_max": float(n)} for n in (1, 3, 2)]
    data = {"rows": rows, "value_columns": ["A"], "resolution": "1d", "skipped": 2}
    text = await told("A 최댓값은?", "aggregate_table", {"table": "IV", "functions": ["max"]}, data)
    assert "**3** (2026-11-23 00:00)" in text
    assert "2개는 제외" in text
