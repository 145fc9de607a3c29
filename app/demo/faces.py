"""Which Oracle the embedded server pretends to be: the three faces."""

from __future__ import annotations

from app.demo.boundary import Face

FACES = {
    "19c": Face(),
    "23ai": Face(
        name="23ai",
        tns=319,
        field_version=24,
        banner="Oracle Database 23ai Free Release 23.0.0.0.0 - Develop, Learn, and Run for Free",
        version=(23, 6, 0, 24, 10),
        traits=frozenset({"fast_auth", "end_of_response", "pipelining", "boolean"}),
    ),
    # TNS 314 is below what the thin driver accepts (315): it answers DPY-3010 and asks for thick mode.
    "11g": Face(
        name="11g",
        tns=314,
        field_version=6,
        banner="Oracle Database 11g Enterprise Edition Release 11.2.0.4.0 - 64bit Production",
        version=(11, 2, 0, 4, 0),
    ),
}
