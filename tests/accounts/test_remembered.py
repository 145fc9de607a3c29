"""What is remembered for a moment, and forgotten at once."""

import asyncio

from app.accounts.remembered import LIMIT, Remembered


class Source:
    """Counts how often it was asked."""

    def __init__(self, answer: str | None = "kim") -> None:
        self.answer, self.asked = answer, 0

    async def __call__(self) -> str | None:
        self.asked += 1
        return self.answer


async def test_an_answer_is_kept_for_its_seconds() -> None:
    known, source = Remembered[str](1), Source()
    for now in (0.0, 0.5, 0.9, 1.1, 1.5):
        assert await known.get("a", now, source) == "kim"
    assert source.asked == 2


async def test_nothing_found_is_not_kept_and_a_clock_that_steps_back_trusts_nothing() -> None:
    known, nobody, somebody = Remembered[str](1), Source(None), Source()
    for _ in range(3):
        assert await known.get("a", 0, nobody) is None
    assert nobody.asked == 3
    await known.get("b", 100, somebody)
    await known.get("b", 50, somebody)
    assert somebody.asked == 2


async def test_an_answer_that_was_on_its_way_when_all_was_forgotten_is_not_kept() -> None:
    known, changed = Remembered[str](1), asyncio.Event()

    async def slow() -> str | None:
        await changed.wait()
        return "the role of before"

    on_its_way = asyncio.create_task(known.get("a", 0, slow))
    await asyncio.sleep(0)
    known.forget()
    changed.set()
    await on_its_way
    assert await known.get("a", 0, Source("the role of now")) == "the role of now"


async def test_many_secrets_do_not_fill_the_memory() -> None:
    known = Remembered[str](1)
    for number in range(LIMIT * 3):
        await known.get(str(number), 0, Source())
    assert len(known._kept) <= LIMIT
