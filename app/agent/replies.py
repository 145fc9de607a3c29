"""What the offline rules say without a tool: greetings, questions back, what they cannot do."""

from __future__ import annotations

from app.agent.asked import Meant
from app.agent.known import Known
from app.words import N_, words

# what is said, and what stands below it as a list: examples, the names that are meant, or nothing
SENTENCES: dict[str, tuple[tuple[str, ...], str]] = {
    "hello": ((N_("Hello. Ask me about your tables, for example:"),), "examples"),
    "thanks": ((N_("You are welcome."),), ""),
    "help": (
        (
            N_(
                "I list tables, count, filter and show rows, calculate averages and extremes over time and draw charts."
            ),
            N_("I also tell how fresh the data is, and start, pause or schedule syncs; before those I always ask."),
            N_("For example:"),
        ),
        "examples",
    ),
    "cannot_write": (
        (N_("I cannot change or delete data: the tables are copies of Oracle, and only a sync changes them."),),
        "",
    ),
    "cannot_send": (
        (
            N_("I cannot send or print anything."),
            N_("The page of a table saves its view as CSV, Parquet or JSON, and a chart as a picture."),
        ),
        "",
    ),
    "cannot_predict": ((N_("I know what is in the tables, not what will be. A chart shows how it went so far."),), ""),
    "not_done": ((N_("All right, nothing was done."),), ""),
    "nothing_runs": ((N_("There is no such sync right now."),), ""),
    "no_tables": ((N_("There is no table yet. Sync one from Oracle first."),), ""),
    "no_time": ((N_("This table has no column of times, so I cannot calculate over time."),), "names"),
    "not_allowed": ((N_("Your role does not allow this."),), ""),
    "ask_table": ((N_("Which table do you mean?"),), "names"),
    "ask_column": ((N_("By which column?"),), "names"),
    "ask_filter": ((N_("Which column should have this value? For example: rows where STATUS is PAID."),), "names"),
    "ask_run": ((N_("Which table's sync do you mean?"),), "names"),
    "ask_one": ((N_("One table at a time, please. Which one first?"),), "names"),
    "ask_when": ((N_("Which table, and when? For example:"),), "schedule"),
    "unknown": (
        (
            N_("I did not understand that. Without a language model I know everyday questions only."),
            N_("To ask freely, set `OPENAI_API_KEY`, or `OPENAI_BASE_URL` for a model of your own, and start again."),
            N_("For example:"),
        ),
        "examples",
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
    sentences, below = SENTENCES[meant.reply]
    lists = {
        "examples": examples(known, language),
        "names": [f"`{name}`" for name in meant.about],
        "schedule": [say(SCHEDULE).format(table=_one(known))],
    }
    return "\n".join([" ".join(map(say, sentences)), *(f"- {line}" for line in lists.get(below, []))])


def examples(known: Known, language: str) -> list[str]:
    """Questions about the tables at hand, to begin with."""
    say = words(language).gettext
    fitting = EXAMPLES if known.tables else EXAMPLES[:1]
    return [say(example).format(table=_one(known)) for example in fitting]


def _one(known: Known) -> str:
    """A table to talk of: one that has times, if there is any."""
    timed = [table.name for table in known.tables if table.time]
    return next(iter([*timed, *(table.name for table in known.tables)]), "ORDERS")
