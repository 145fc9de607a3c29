"""What the offline rules say without a tool: greetings, questions back, what they cannot do."""

from __future__ import annotations

from app.agent.known import Known
from app.agent.rules import Meant
from app.words import N_, words

SENTENCES = {
    "hello": N_("Hello. Ask me about your tables, for example:\n{examples}"),
    "thanks": N_("You are welcome."),
    "help": N_(
        "I can list tables, count, filter and show rows, calculate averages and extremes over time, draw charts, tell how fresh the data is, and start, pause or schedule syncs (I always ask first). For example:\n{examples}"  # noqa: E501
    ),
    "cannot_write": N_("I cannot change or delete data. The tables are copies of Oracle, and only a sync changes them."),
    "not_done": N_("All right, nothing was done."),
    "nothing_runs": N_("There is no such sync right now."),
    "no_tables": N_("There is no table yet. Sync one from Oracle first."),
    "no_time": N_("{names} has no column of times, so I cannot calculate over time."),
    "not_allowed": N_("Your role does not allow this."),
    "ask_table": N_("Which table do you mean?\n{list}"),
    "ask_column": N_("By which column?\n{list}"),
    "ask_run": N_("Which table's sync do you mean?\n{list}"),
    "ask_one": N_("One table at a time, please. Which one first?\n{list}"),
    "ask_when": N_("Which table, and when? For example: {schedule}"),
    "unknown": N_(
        "I did not understand that. I am working without a language model, so I know everyday questions only, for example:\n{examples}\nTo ask freely, set `OPENAI_API_KEY` (or `OPENAI_BASE_URL` for a model of your own) and start Merganser again."  # noqa: E501
    ),
}
EXAMPLES = (
    N_("Show me the tables"),
    N_("Latest 10 rows of {table}"),
    N_("Hourly average of {table} today"),
    N_("How fresh is {table}?"),
    N_("Sync {table} now"),
)
SCHEDULE = N_("Sync {table} every day at 2 am")


def reply(meant: Meant, known: Known, language: str) -> str:
    """The sentence for ``meant.reply`` in the asker's language, as Markdown."""
    say = words(language).gettext
    names = [f"`{name}`" for name in meant.about]
    return say(SENTENCES[meant.reply]).format(
        examples="\n".join(f"- {example}" for example in examples(known, language)),
        list="\n".join(f"- {name}" for name in names),
        names=", ".join(names),
        schedule=say(SCHEDULE).format(table=_one(known)),
    )


def examples(known: Known, language: str) -> list[str]:
    """Questions about the tables at hand, to begin with."""
    say = words(language).gettext
    fitting = EXAMPLES if known.tables else EXAMPLES[:1]
    return [say(example).format(table=_one(known)) for example in fitting]


def _one(known: Known) -> str:
    """A table to talk of: one that has times, if there is any."""
    timed = [table.name for table in known.tables if table.time]
    return next(iter([*timed, *(table.name for table in known.tables)]), "ORDERS")
