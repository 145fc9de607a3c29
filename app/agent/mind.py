"""What decides the next step of a conversation: the offline rules, or a model. Both speak this."""

from __future__ import annotations

import math
import re
from collections.abc import AsyncGenerator, Sequence
from typing import Any, Protocol

from pydantic import BaseModel

from app.schemas.agent import Call, Turn

Piece = str | Call  # a streamed piece of text, or a tool to use


class Tooling(Protocol):
    """How a mind sees a tool: what it is called, what it is for, what it takes."""

    @property
    def name(self) -> str: ...

    @property
    def purpose(self) -> str: ...

    @property
    def takes(self) -> type[BaseModel]: ...


class Mind(Protocol):
    @property
    def model(self) -> str:
        """Which model answers; "" for none."""

    def think(self, history: Sequence[Turn], tools: Sequence[Tooling], language: str) -> AsyncGenerator[Piece, None]:
        """The next step after ``history``, which ends with a question or with a tool's answer.

        Text alone ends the turn. Raises AgentFailed with a sentence for the asker.
        """

    async def close(self) -> None: ...


def spoken_in(question: str, otherwise: str) -> str:
    """Korean where there is Hangul in it, English where there are words of it; names alone say nothing."""
    if re.search(r"[가-힣]", question):
        return "ko"
    return "en" if re.search(r"[a-z]{2,}", question) else otherwise


TRIMMED_TOKENS = 24_000
RESULT_CHARACTERS = 16_000  # of one tool's answer reach a model


def tokens(turn: Turn) -> int:
    """An estimate on the safe side: Korean takes about a token a character, English a quarter."""
    text = turn.content + "".join(str(call.arguments) for call in turn.calls)
    text += "" if turn.result is None else turn.result.model_dump_json()[:RESULT_CHARACTERS]
    return 8 + math.ceil(sum(1.0 if ord(letter) > 127 else 0.3 for letter in text))


def trimmed(history: Sequence[Turn], limit: int = TRIMMED_TOKENS) -> list[Turn]:
    """The newest turns that fit. It begins with a question, so that no tool's answer stands without its call."""
    total, begins = 0, len(history)
    for place in range(len(history) - 1, -1, -1):
        total += tokens(history[place])
        if total > limit and begins < len(history):
            break
        if history[place].role == "user":
            begins = place
    return list(history[begins:])


def json_schema(takes: type[BaseModel]) -> dict[str, Any]:
    """The arguments as a JSON schema without titles, for a model."""
    schema = takes.model_json_schema()
    schema.pop("title", None)
    return schema
