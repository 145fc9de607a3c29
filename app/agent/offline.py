"""The mind without a model: the rules read the question, a tool answers, a sentence tells what it means."""

from __future__ import annotations

import secrets
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

from app.agent.answers import answer
from app.agent.asked import Meant
from app.agent.known import Known
from app.agent.mind import Piece, Tooling, spoken_in
from app.agent.names import tables_in
from app.agent.replies import reply
from app.agent.rules import understood
from app.schemas.agent import Call, Turn

READING = {"query_table", "aggregate_table", "chart", "get_table_stats"}


class Offline:
    """Needs no network. ``know`` reads what there is to talk about."""

    model = ""

    def __init__(self, know: Callable[[], Awaitable[Known]]) -> None:
        self._know = know

    async def close(self) -> None:
        """Nothing is open."""

    async def think(
        self, history: Sequence[Turn], tools: Sequence[Tooling], language: str
    ) -> AsyncGenerator[Piece, None]:
        """One call, or the sentence that ends the turn."""
        known = await self._know()
        asked = _last_question(history)
        spoken = spoken_in(asked.content, language)
        if history[-1].role == "tool":
            yield _told(history, known, spoken, asked.content)
            return
        meant = _meant(history, known)
        if meant.tool and meant.tool not in {tool.name for tool in tools}:
            meant = Meant(reply="not_allowed")
        if meant.reply:
            yield reply(meant, known, spoken)
        else:
            yield Call(id=secrets.token_hex(6), name=meant.tool, arguments=meant.arguments)


def _last_question(history: Sequence[Turn]) -> Turn:
    return next(turn for turn in reversed(history) if turn.role == "user")


def _told(history: Sequence[Turn], known: Known, language: str, question: str) -> str:
    calls = {call.id: call for turn in history for call in turn.calls}
    named = {mention.name for mention in tables_in(question, known)}
    done = history[-1]
    call, result = calls[done.call_id or ""], done.result
    assert result is not None  # noqa: S101 - a tool's turn always carries its result
    return answer(call, result, known, language, named.pop() if len(named) == 1 else "")


def _meant(history: Sequence[Turn], known: Known) -> Meant:
    """The question; where it makes no sense alone, as the answer to what was asked back before."""
    question, before = history[-1].content, [turn for turn in history[:-1] if turn.role == "user"]
    meant = understood(question, known, _table_talked_of(history))
    bare = meant.tool == "query_table" and len(question.split()) <= 2  # a name alone answers a question back
    if before and (meant.reply or bare):
        earlier = understood(before[-1].content, known)
        if earlier.asks:
            together = understood(f"{question} {before[-1].content}", known)
            meant = together if together.tool else meant
    return meant


def _table_talked_of(history: Sequence[Turn]) -> str:
    """The table of the last reading call: "and the average?" is about it."""
    for turn in reversed(history):
        for call in turn.calls:
            if call.name in READING:
                return str(call.arguments.get("table", ""))
    return ""
