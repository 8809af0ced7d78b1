"""What is append-only: which tables, what of a line may change all the same, and what guards it.

The database's triggers refuse every other change. On PostgreSQL the role with which the application
works cannot take them away, and may do with the rows of all other tables what is done in the work of a
day (`policies.roles`).
"""

from typing import NamedTuple

from policies.roles import Rules


class Guarded(NamedTuple):
    """A table to which lines are added."""

    may_change: tuple[str, ...]
    """Columns that an erasure changes."""
    by_postgresql: tuple[str, ...]
    """Its triggers there."""
    by_sqlite: tuple[str, ...]


TABLES = {
    "audit_cut": Guarded(
        (), ("audit_cut_append_only",), ("audit_cut_no_update", "audit_cut_no_delete")
    ),
    "audit_entry": Guarded(
        (), ("audit_entry_append_only",), ("audit_entry_no_update", "audit_entry_no_delete")
    ),
    "audit_seal": Guarded((), (), ()),  # each seal is over the one before
    "callback_answer": Guarded(
        (),
        ("callback_answer_append_only",),
        ("callback_answer_no_update", "callback_answer_no_delete"),
    ),
    "callback_call": Guarded(
        (), ("callback_call_append_only",), ("callback_call_no_update", "callback_call_no_delete")
    ),
    "card_entry": Guarded(
        ("facts",), ("card_entry_append_only",), ("card_entry_no_update", "card_entry_no_delete")
    ),
    "case_entry": Guarded(
        ("text",), ("case_entry_append_only",), ("case_entry_no_update", "case_entry_no_delete")
    ),
    "check_draw": Guarded(
        (), ("check_draw_append_only",), ("check_draw_no_update", "check_draw_no_delete")
    ),
    "check_result": Guarded(
        (), ("check_result_append_only",), ("check_result_no_update", "check_result_no_delete")
    ),
    "erasure": Guarded((), ("erasure_append_only",), ("erasure_no_update", "erasure_no_delete")),
    "erased_line": Guarded(
        (), ("erased_line_append_only",), ("erased_line_no_update", "erased_line_no_delete")
    ),
    "spot_check": Guarded(
        (), ("spot_check_append_only",), ("spot_check_no_update", "spot_check_no_delete")
    ),
    "trail_seal": Guarded((), (), ()),  # each seal is over the one before
}
"""By name."""

MAY_CHANGE = {table: guarded.may_change for table, guarded in TABLES.items()}
"""The columns of each that may be changed."""

OF_THE_OWNER = (
    "audit_cut",
    "closed_year",
    "doubt",
    "procrastinate_migration",
    "schema_migration",
)
"""Tables that only migrations, a restore, closed years and the owner's function write (`audit_cuts`)."""

ROWS_GO = (
    "authenticator_app",
    "barred",
    "beneficiary",
    "card_view",
    "channel_answers",
    "client_income",
    "client_key",
    "client_word",
    "clock_keeper",
    "desk_member",
    "done_task",
    "erased_number",
    "handing",
    "known_device",
    "login_guess",
    "morning_mail",
    "openid_account",
    "other_policy",
    "party_day",
    "passkey",
    "premium",
    "procrastinate_",
    "recovery_code",
    "relation",
    "row_mark",
    "saved_filter",
    "second_step",
    "secret",
    "signing_key",
    "tier_line",
    "tier_standing",
    "touched",
    "user_session",
    "weekly_mail",
)
"""Tables of which rows are removed; of all others no row ever is."""

RULES = Rules(MAY_CHANGE, OF_THE_OWNER, ROWS_GO)
"""What the role may do with which the application works."""
