"""The offline rules against files of sentences: what each should call, in Korean and English."""

import pytest

from app.agent.rules import understood
from app.agent.tools import TOOLS
from tests.agent.sentences import KNOWN, read, right, shown

FILES = [
    "analyst.tsv",
    "sentences.tsv",
    "fresh.tsv",
    "blind.tsv",
    "colleague.tsv",
    "stranger.tsv",
    "stranger2.tsv",
    "stranger3.tsv",
    "stranger4.tsv",
    "stranger5.tsv",
]  # the first was written before the rules


def test_there_are_three_hundred_sentences() -> None:
    assert len({sentence for file in FILES for sentence, _, _ in read(file)}) >= 300


@pytest.mark.parametrize("file", FILES)
def test_nineteen_of_twenty_sentences_are_understood(file: str) -> None:
    sentences = read(file)
    wrong = [
        (s, shown(understood(s, KNOWN))) for s, tool, args in sentences if not right(understood(s, KNOWN), tool, args)
    ]
    assert len(wrong) <= 0.05 * len(sentences), wrong


@pytest.mark.parametrize("file", FILES)
def test_no_sentence_writes_that_should_not_and_what_writes_asks_first(file: str) -> None:
    for sentence, expected, _ in read(file):
        tool = TOOLS.get(understood(sentence, KNOWN).tool)
        if tool and tool.writes:
            assert expected == tool.name, sentence
    assert {tool.name for tool in TOOLS.values() if tool.writes} == {
        "start_sync",
        "pause_sync",
        "resume_sync",
        "cancel_sync",
        "add_job",
    }
