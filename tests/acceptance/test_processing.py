"""The register of processing is true: every table and every column that is of a person stands in it."""

import re
from pathlib import Path

import pytest

from policies import database
from servicing.core import models
from servicing.core.settings import Retention

REGISTER = (Path(__file__).parents[2] / "docs" / "processing.md").read_text("utf-8")
ROWS = re.findall(r"^\| `(\w+)` \| ((?:`\w+` ?)+)\|", REGISTER, re.MULTILINE)
PERSONAL = {table: set(re.findall(r"\w+", columns)) for table, columns in ROWS}

NEUTRAL = {
    *("id", "revision", "key", "scope", "occurrence", "kind", "state", "reason", "why", "meaning"),
    *("touchpoint_id", "anchor_policy_id", "entry_id", "erasure_id", "branch_id", "team_id"),
    *("channel", "message_class", "template", "locale", "parts", "encoding", "provider", "cause"),
    *(
        "attempts",
        "cleared",
        "released",
        "subject",
        "message_mark",
        "complete",
        "is_disabled",
        "is_temporary",
    ),
    *("rows", "added", "changed", "unchanged", "rejected", "left_out", "left_out_times"),
    *("currency", "payment_mode", "premium_term_years", "was", "now", "anchor"),
    *("desk", "step", "from_state", "to_state", "moves", "length", "repeat_of", "caused_by"),
    *("case_id", "is_open", "is_quiet", "is_restricted", "escalation", "escalated_due"),
    *("seed", "share", "min_each", "unit", "frame", "drawn", "questions", "edition"),
    *("draw_id", "check_id", "call_id", "question"),
    *("is_greeting", "figure", "is_again", "fate", "ask_id", "reached", "party_id", "event_id"),
    *("place", "gifts", "capacity", "cost_each", "taken", "day", "on_day"),
    *("below_since", "waits_since"),
    *("policy_revision", "client_revision", "agent_revision", "facts", "until", "way"),
}
"""Columns that say nothing of a person beyond the row's own: numbers of ours, codes, counts."""

A_MOMENT = re.compile(r"\w+_(on|at|from|until)|at|since")
"""When something of the work happened; the days of a person's life are named in the register."""


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, set[str]]:
    """Every table that the migrations make, with its columns."""
    database.connect("sqlite:///register.db", tmp_path_factory.mktemp("register"))
    database.migrate(models.ALL_MIGRATIONS)
    names = database.database.get_tables()
    found = {
        name: {each.name for each in database.database.get_columns(name)}
        for name in names
        if not name.startswith("sqlite_")
    }
    database.database.close()
    return found


def without() -> set[str]:
    """The tables that the register names as having nothing of a person."""
    section = REGISTER.split("## Tables without personal data")[1].strip().split("\n\n")[0]
    return set(re.findall(r"`(\w+)`", section))


def test_every_table_stands_in_it_once(tables: dict[str, set[str]]) -> None:
    assert PERSONAL.keys() | without() == tables.keys()
    assert not PERSONAL.keys() & without()
    assert len(ROWS) == len(PERSONAL)


def test_every_column_that_it_names_is_there(tables: dict[str, set[str]]) -> None:
    named = {(table, column) for table, columns in PERSONAL.items() for column in columns}
    assert {each for each in named if each[1] not in tables[each[0]]} == set()


def test_every_other_column_says_nothing_of_a_person(tables: dict[str, set[str]]) -> None:
    """A new column is named in the register, or here."""
    others = {
        (table, column)
        for table, columns in PERSONAL.items()
        for column in tables[table] - columns
        if column not in NEUTRAL and not A_MOMENT.fullmatch(column)
    }
    assert others == set()


def test_a_table_that_is_tied_to_a_person_is_not_among_the_others(
    tables: dict[str, set[str]],
) -> None:
    ties = {"client_id", "policy_id", "user_id", "agent_id", "subject_id", "name", "phone", "email"}
    ours = {"branch", "team", "closed_year", "clock_keeper", "kept", "secret", "sender"}
    ours |= {"schema_migration"}  # their names are of units, years, processes, files
    tied = {table for table in without() - ours if ties & tables[table]}
    assert tied == set()


def test_every_time_of_retention_is_told_in_it() -> None:
    named = Retention.__struct_fields__
    assert [each for each in named if f"`{each}`" not in REGISTER] == []
