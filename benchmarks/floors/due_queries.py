"""The floor of looking ahead: the queries alone by which so many walks find what is due, day by day.

They are the walk's own, and record touchpoints; nothing is decided, written to anybody or counted.

python due_queries.py HOME FIRST DAYS
"""

import sys
from datetime import date, timedelta
from pathlib import Path

from policies import database, dates, plan
from servicing.core import due
from servicing.core.due import Search


def main(home: str, first: str, days: str) -> None:
    database.connect("sqlite:///servicing.db", Path(home))
    standard = plan.load(plan.SHIPPED / "standard.toml")
    calendar = dates.work_calendar("CN")
    for number in range(int(days)):
        day = date.fromisoformat(first) + timedelta(days=number)
        with database.writing():
            dues = due.dues(standard, calendar, day)
            for statement in due.statements(Search(day, dues), day):
                database.execute(*statement)


if __name__ == "__main__":
    main(*sys.argv[1:])
