"""The floor of the import: csv.reader and executemany. It checks nothing and trusts every cell.

python import_book.py DATABASE BOOK.csv JOINED
"""

import csv
import itertools
import sqlite3
import sys
from pathlib import Path

BATCH = 20_000
CONSENT = {"": None, "yes": True, "no": False}
TABLES = {
    "branch": "id, name",
    "team": "id, branch_id, name",
    "agent": "id, agent_no, name, phone, email, team_id",
    "client": "id, client_no, name, gender, birthday, phone, phone_given, email, language, timezone,"
    " channel, marketing_consent, consent_on, referred_by",
    "policy": "policy_no, client_id, agent_id, product, issue_date, status, ended_on, delivered_on,"
    " annual_premium, currency, payment_mode, premium_term_years, sum_assured, served_from",
}


def opened(database: str) -> sqlite3.Connection:
    connection = sqlite3.connect(database, isolation_level=None)
    for pragma in (
        "journal_mode=wal",
        "foreign_keys=1",
        "synchronous=full",
        "cache_size=-65536",
        "temp_store=memory",
    ):
        connection.execute(f"PRAGMA {pragma}")
    return connection


def main(database: str, book: str, joined: str) -> None:
    connection = opened(database)
    connection.execute("BEGIN IMMEDIATE")
    with Path(book).open(encoding="utf-8", newline="") as file:
        rows = csv.reader(file)
        next(rows)
        ids: dict[str, dict] = {table: {} for table in TABLES}
        while batch := list(itertools.islice(rows, BATCH)):
            for table, values in sorted_out(batch, ids, joined).items():
                marks = ", ".join("?" * len(TABLES[table].split(",")))
                connection.executemany(
                    f"INSERT INTO {table} ({TABLES[table]}) VALUES ({marks})", values
                )
    connection.execute("COMMIT")
    connection.close()


def sorted_out(batch: list[list[str]], ids: dict[str, dict], joined: str) -> dict[str, list[tuple]]:
    """The new rows of each table."""
    new: dict[str, list[tuple]] = {table: [] for table in TABLES}
    branches, teams, agents, clients = (
        ids[table] for table in ("branch", "team", "agent", "client")
    )
    for row in batch:
        (
            policy_no,
            issued,
            premium,
            client_no,
            client_name,
            agent_no,
            product,
            mode,
            term,
            assured,
        ) = row[:10]
        currency, status, ended_on, delivered_on, gender, birthday, phone, email, language, zone = (
            row[10:20]
        )
        channel, consent, agent_name, agent_phone, agent_email, team, branch, referred_by = row[20:]
        if agent_no not in agents:
            if branch not in branches:
                branches[branch] = len(branches) + 1
                new["branch"].append((branches[branch], branch))
            if (branch, team) not in teams:
                teams[branch, team] = len(teams) + 1
                new["team"].append((teams[branch, team], branches[branch], team))
            agents[agent_no] = len(agents) + 1
            values = (agent_name, "+86" + agent_phone, agent_email, teams[branch, team])
            new["agent"].append((agents[agent_no], agent_no, *values))
        if client_no not in clients:
            clients[client_no] = len(clients) + 1
            person = (
                client_name,
                gender,
                birthday or None,
                "+86" + phone,
                "",
                email,
                language,
                zone,
            )
            client = (client_no, *person, channel, CONSENT[consent], joined, referred_by)
            new["client"].append((clients[client_no], *client))
        contract = (product, issued, status, ended_on or None, delivered_on or None)
        money = (
            int(premium.replace(".", "")),
            currency,
            mode,
            int(term),
            int(assured.replace(".", "")),
        )
        new["policy"].append(
            (policy_no, clients[client_no], agents[agent_no], *contract, *money, joined)
        )
    return new


if __name__ == "__main__":
    main(*sys.argv[1:])
