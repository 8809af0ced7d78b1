"""peewee loads a driver of PostgreSQL wherever one is installed; a book in a SQLite file needs none.

The driver takes a sixth of a command's start.
"""

import importlib
import sys
from typing import Any

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
    """Give peewee the driver that it was loaded without, by the names under which it imports it."""
    peewee: Any = importlib.import_module("peewee")
    if peewee.psycopg is None:
        peewee.psycopg = importlib.import_module(DRIVER)
        status = peewee.TransactionStatus = importlib.import_module("psycopg.pq").TransactionStatus
        json = importlib.import_module("psycopg.types.json")
        peewee.Json_pg3, peewee.Jsonb_pg3 = json.Json, json.Jsonb
        adapter = peewee.Psycopg3Adapter
        adapter.txn_idle, adapter.txn_inerror = status.IDLE, status.INERROR
        adapter.txn_unknown = status.UNKNOWN
