"""What a model reads: the instructions, the conversation, and everything that tools returned, fenced as data."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.agent.mind import RESULT_CHARACTERS, Tooling, json_schema
from app.schemas.agent import Turn

INSTRUCTIONS = (Path(__file__).parent / "prompt.md").read_text("utf-8")
ALL_RESULTS = 64_000  # characters of all answers together; the oldest are left out first
QUIET = {"bytes", "phases", "notes", "schema_history", "snapshot"}  # of runs and tables: much, and of no use to a model
Message = dict[str, Any]


def messages(history: Sequence[Turn], now: datetime) -> list[Message]:
    """The conversation in the API's words. ``history`` begins with a question (``mind.trimmed``)."""
    mark = secrets.token_hex(4)  # nobody who wrote the data can know it, so nobody can close the fence
    today = f"Now it is {now:%A %Y-%m-%d %H:%M} ({now.tzname()}). The mark of this conversation's data is {mark}."
    told, room = list[Message](), ALL_RESULTS
    for turn in reversed(history):
        told.append(_message(turn, mark, room))
        room -= len(told[-1]["content"]) if turn.role == "tool" else 0
    return [{"role": "system", "content": f"{INSTRUCTIONS}\n{today}"}, *reversed(told)]


def _message(turn: Turn, mark: str, room: int) -> Message:
    if turn.role == "tool":
        content = fenced(turn, mark) if room > 0 else "(left out: call the tool again if you need it)"
        return {"role": "tool", "tool_call_id": turn.call_id, "content": content}
    if not turn.calls:
        return {"role": turn.role, "content": turn.content}
    calls = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.arguments, ensure_ascii=False)},
        }
        for call in turn.calls
    ]
    return {"role": "assistant", "content": turn.content or None, "tool_calls": calls}


def fenced(turn: Turn, mark: str) -> str:
    """A tool's answer between marks, cut to what a conversation can bear."""
    result = turn.result
    told = {} if result is None else _trimmed(result.model_dump(mode="json", exclude_none=True))
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"))
    if len(text) > RESULT_CHARACTERS:
        text = f"{text[:RESULT_CHARACTERS]} … (cut: {len(text)} characters)"
    return f"<<<DATA {mark}\n{text.replace(mark, '')}\nDATA {mark}>>>"


def _trimmed(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _trimmed(part) for name, part in value.items() if name not in QUIET}
    return [_trimmed(part) for part in value] if isinstance(value, list) else value


def functions(tools: Iterable[Tooling]) -> list[Message]:
    """The tools as the API describes functions."""
    return [
        {
            "type": "function",
            "function": {"name": tool.name, "description": tool.purpose, "parameters": json_schema(tool.takes)},
        }
        for tool in tools
    ]
