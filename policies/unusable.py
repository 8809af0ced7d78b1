"""What a complaint of a database means: a full disk, no database, a lock, or whatever it says."""

from policies import errors, unquoted

_COMPLAINTS = {
    "database or disk is full": "disk_full",
    "disk I/O error": "disk_error",
    "file is not a database": "not_a_database",
    "unable to open database file": "database_not_opened",
    "database is locked": "database_locked",
    "readonly database": "database_read_only",
    "No space left": "server_disk_full",
}
"""A sign of each complaint of a database, and our code for it."""


def told(complaint: str) -> errors.UnusableDatabase:
    """A complaint of the database, without values or addresses.

    A full disk takes SQLite's transaction back by itself, and then the rollback fails, too: the
    first error counts.
    """
    for sign, code in _COMPLAINTS.items():
        if sign in complaint:
            return errors.UnusableDatabase(code)
    said = unquoted.without_values(complaint)
    if "permission denied for" in said or "must be owner of" in said:
        return errors.UnusableDatabase("not_permitted", text=said)
    return errors.UnusableDatabase("database_refused", text=said)
