"""What a model reads: the instructions, the conversation, and everything that tools returned, fenced as data."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

from app.agent.mind import Tooling, json_schema
from app.schemas.agent import Turn

INSTRUCTIONS = (Path(__file__).parent / "prompt.md").read_text("utf-8")
DATA_CHARACTERS = 16_000  # of one tool's answer
QUIET = {"bytes", "phases", "notes", "schema_history", "snapshot"}  # of runs and tables: much, and of no use to a model
Message = dict[str, Any]


def messages(history: Sequence[Turn], now: datetime) -> list[Message]:
    """The conversation in the API's words. ``history`` begins with a question (``mind.trimmed``)."""
    mark = secrets.token_hex(4)  # nobody who wrote the data can know it, so nobody can close the fence
    today = f"Now it is {now:%A %Y-%m-%d %H:%M} ({now.tzname()}). The mark of this conversation's data is {mark}."
    return [{"role": "system", "content": f"{INSTRUCTIONS}\n{today}"}, *(_message(turn, mark) for turn in history)]


def _message(turn: Turn, mark: str) -> Message:
    if turn.role == "tool":
        return {"role": "tool", "tool_call_id": turn.call_id, "content": fenced(turn, mark)}
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
    if len(text) > DATA_CHARACTERS:
        text = f"{text[:DATA_CHARACTERS]} … (cut: {len(text)} characters)"
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
