"""A workspace in which things happen one after the other, by the command line alone."""

import csv
import io
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tests.acceptance.frontdoor import MORNING, call

ENGLISH = {"SERVICING_SERVICING_LOCALE": "en"}
"""The workspace speaks English."""


class Office:
    """A workspace in which things happen one after the other."""

    def __init__(self, home: Path) -> None:
        self.home, self.now = home, MORNING
        self.warned = ""
        """What the last import said on standard error."""
        self("init")

    def __call__(self, *args: object) -> Any:
        return call("--home", self.home, *args, cwd=self.home.parent, env=ENGLISH, now=self.now)

    def book(
        self,
        *rows: Mapping[str, object],
        joined: str = "",
        premiums: bool = False,
        complete: bool = False,
    ) -> Any:
        """Import a list whose columns are those of the first row; the counts."""
        file = self.home.parent / "list.csv"
        text = io.StringIO()
        writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        file.write_text(text.getvalue(), "utf-8")
        told = self(
            *("book", "import", file, "--format", "json"),
            *(["--joined", joined] if joined else []),
            *(["--premiums"] if premiums else []),
            *(["--complete"] if complete else []),
        ).done()
        self.warned = told.err
        return told.document()

    def walk(self, on: str) -> None:
        self("walk", "--on", on).done()

    def dispatch(self, now: str) -> dict[str, int]:
        """How many messages came to which state."""
        counts = self("dispatch", "--now", now, "--format", "json").done().document()
        return {state: number for state, number in counts.items() if number}

    def messages(self, *args: object) -> list[tuple[str, str, str]]:
        """Each with its touchpoint, state and reason."""
        rows = self("messages", *args, "--format", "csv").done().table()
        return [(row["touchpoint"], row["state"], row["reason"]) for row in rows]

    def tasks(self, on: str) -> list[tuple[str, str]]:
        """The open tasks of a day: touchpoint and due day."""
        rows = self("tasks", "list", "--on", on, "--format", "csv").done().table()
        return [(row["touchpoint"], row["due_on"]) for row in rows]

    def why(self, policy_no: str, touchpoint: str, on: str) -> Any:
        return self("why", policy_no, touchpoint, "--on", on, "--format", "json").done().document()

    def sent(self, on: str, channel: str = "sms") -> list[str]:
        """The texts that left on a day, each without its header."""
        files = sorted((self.home / "outbox" / on / channel).glob("*"))
        return [each.read_text("utf-8").split("\n\n", 1)[1].strip() for each in files]


ILSE = {
    "policy_no": "K1",
    "issue_date": "2026-12-01",
    "annual_premium": 1200,
    "client_no": "C1",
    "client_name": "Ilse Brandt",
    "agent_no": "A1",
    "phone": "+12125550101",
    "birthday": "1980-05-12",
}
