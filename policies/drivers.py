"""peewee loads a driver of PostgreSQL wherever one is installed; a book in a SQLite file needs none.

The driver takes a sixth of a command's start.
"""

import importlib
import sys

DRIVER = "psycopg"


def spare_postgresql() -> None:
    """Load peewee without it, if neither is loaded. Whoever wants the driver itself finds it later."""
    if "peewee" in sys.modules or DRIVER in sys.modules:
        return
    sys.modules[DRIVER] = None  # type: ignore[assignment]  # as Python has it: there is no such module
    try:
        importlib.import_module("peewee")
    finally:
        del sys.modules[DRIVER]


def want_postgresql() -> None:
    """Give peewee the driver that it was loaded without."""
    import peewee
    import psycopg
    from psycopg.pq import TransactionStatus
    from psycopg.types.json import Json, Jsonb

    if vars(peewee)[DRIVER] is None:
        found = {"psycopg": psycopg, "TransactionStatus": TransactionStatus}
        vars(peewee).update(found, Json_pg3=Json, Jsonb_pg3=Jsonb)
        adapter = peewee.Psycopg3Adapter
        adapter.txn_idle, adapter.txn_inerror = TransactionStatus.IDLE, TransactionStatus.INERROR
        adapter.txn_unknown = TransactionStatus.UNKNOWN
