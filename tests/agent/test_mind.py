"""Trimming a conversation to what a model can hold, never between a call and its answer; which language is asked in."""

from hypothesis import given
from hypothesis import strategies as st

from app.agent.mind import spoken_in, tokens, trimmed
from app.schemas.agent import Call, ToolResult, Turn


def exchange(size: int, calls: int) -> list[Turn]:
    """A question, a thought with calls, their answers, and the sentence that ends it."""
    made = [Call(id=f"c{n}", name="list_tables") for n in range(calls)]
    answers = [Turn(role="tool", call_id=call.id, content="x" * size, result=ToolResult(success=True)) for call in made]
    return [
        Turn(role="user", content="질" * size),
        Turn(role="assistant", calls=made),
        *answers,
        Turn(role="assistant"),
    ]


@given(st.lists(st.tuples(st.integers(1, 400), st.integers(0, 3)), min_size=1, max_size=12), st.integers(1, 3000))
def test_what_is_left_begins_with_a_question_and_has_no_orphan(sizes: list[tuple[int, int]], limit: int) -> None:
    history = [turn for size, calls in sizes for turn in exchange(size, calls)]
    left = trimmed(history, limit)
    assert left == history[-len(left) :]
    assert left[0].role == "user"
    waiting: list[str] = []
    for turn in left:
        if turn.role == "tool":
            waiting.remove(turn.call_id or "")
        else:
            assert waiting == []
            waiting = [call.id for call in turn.calls]
    last = max(place for place, turn in enumerate(history) if turn.role == "user")
    assert sum(map(tokens, left)) <= limit or left == history[last:]


def test_the_answer_is_in_the_language_of_the_question() -> None:
    asked = {"IV 몇 건": "ko", "how many rows in IV?": "en", "IV": "ko"}
    assert {question: spoken_in(question, "ko") for question in asked} == asked
