"""Merganser brings Oracle tables into DuckDB, exact, fresh and provable.

Four doors, one house. `pages` (people), `api` (programs), `live` (open connections) and `clock`
(time) knock; all four call the same services: `sync`, `query`, `scheduler`, `agent`, `accounts`.
The services stand on four drivers: `oracle`, `warehouse` (DuckDB), `store` (SQLite), `hub`
(publish / listen). `schemas` are the words they exchange, so JSON and HTML cannot disagree.
`main.create_app` opens it all in order and closes it in reverse; `cli` is the command line.
`demo` is an Oracle-speaking server that runs as a child process and imports none of the rest.
Imports run downwards only; the floors stand in setup.cfg and the tests hold them.
"""
