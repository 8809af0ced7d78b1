"""One plain list of policies, and the files in which ten kinds of people would have it.

Every file is made from the list, and says nothing that the list does not: so what a mapping makes of
a file can be compared with the list itself.
"""

import csv
import datetime
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl

from tests.policies.persistency.plain import last_day, months_after

AS_OF = datetime.date(2026, 6, 30)
FREQUENCIES = {"annual": 1, "semiannual": 2, "quarterly": 4, "monthly": 12}
MODES = tuple(FREQUENCIES)

FIRST = ("Ilse", "Nora", "Otto", "Amir", "Lea", "Tom", "Ines", "Jan", "Mia")
LAST = ("Vogt", "Roth", "Keller", "Haddad", "Lefèvre", "Núñez", "Weiß")
CHINESE = ("王芳", "李娜", "张伟", "刘洋", "陈静", "杨光", "黄丽", "赵强", "周敏")
HEBREW = ("אילנה כהן", "נועם לוי", "דנה מזרחי", "יוסי פרץ", "מיכל ביטון", "אורי דהן", "תמר אברהם")


@dataclass(frozen=True)
class Plain:
    """A policy of the list, with its client and agent; money in hundredths."""

    number: int
    client: int
    agent: int
    issued: datetime.date
    instalment: int
    mode: str
    term: int
    status: str
    ended_on: datetime.date | None

    @property
    def policy_no(self) -> str:
        """Twelve digits, as core systems number them."""
        return f"{900_000_000_000 + self.number}"

    @property
    def annual(self) -> int:
        """The annual premium."""
        return self.instalment * FREQUENCIES[self.mode]

    @property
    def matures_on(self) -> datetime.date:
        """The day on which its term ends."""
        return self.issued.replace(year=self.issued.year + self.term, day=min(self.issued.day, 28))

    @property
    def name(self) -> tuple[str, str]:
        """First and last name of the client."""
        return FIRST[self.client % len(FIRST)], LAST[self.client % len(LAST)]

    @property
    def birthday(self) -> datetime.date:
        """Of the client: also days on which day and month can be exchanged."""
        return datetime.date(
            1960 + self.client * 3 % 40, 1 + self.client % 12, 1 + self.client % 28
        )

    @property
    def phone(self) -> str:
        """Reserved for fiction."""
        return f"+1202555{100 + self.client % 100:04d}"


def _policy(number: int) -> Plain:
    """A third lapses after five months, a third after twenty, the others stay."""
    issued = datetime.date(2023, 1, 1) + datetime.timedelta(days=number * 31)
    status, lapses = (("terminated", 5), ("in_force", 0), ("surrendered", 20))[number % 3]
    ended_on = months_after(issued, lapses) if lapses else None
    if ended_on and ended_on > AS_OF:
        status, ended_on = "in_force", None
    mode = MODES[number % 4]
    instalment = (120_000 + number * 12_345) // FREQUENCIES[mode]
    client, agent = number // 2, number % 4
    return Plain(
        number, client, agent, issued, instalment, mode, 10 + number % 3 * 5, status, ended_on
    )


POLICIES = tuple(map(_policy, range(36)))


def kept(of: Callable[[Plain], int]) -> tuple[int, int]:
    """What was issued in months that are judged whole, and what of it was in force after 13 months."""
    judged = [each for each in POLICIES if months_after(last_day(each.issued), 13) <= AS_OF]
    stays = [
        each
        for each in judged
        if not each.ended_on or each.ended_on > months_after(each.issued, 13)
    ]
    return sum(map(of, judged)), sum(map(of, stays))


def money(hundredths: int, decimal: str = ".", grouped: str = "") -> str:
    """An amount as somebody writes it."""
    whole, part = divmod(hundredths, 100)
    return f"{whole:,}".replace(",", grouped) + f"{decimal}{part:02d}"


def day(value: datetime.date | None, form: str) -> str:
    """A day as somebody writes it; `%-d` would not do everywhere."""
    if value is None:
        return ""
    return form.format(y=value.year, m=value.month, d=value.day)


ISO, FRENCH, DOTTED = "{y}-{m:02d}-{d:02d}", "{d:02d}/{m:02d}/{y}", "{d}.{m}.{y}"


def write(
    path: Path, rows: Iterable[Sequence[object]], delimiter: str = ",", encoding: str = "utf-8"
) -> Path:
    """A CSV file of these rows."""
    with path.open("w", encoding=encoding, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(rows)
    return path


def clients() -> list[Plain]:
    """A policy of each client."""
    return list({each.client: each for each in reversed(POLICIES)}.values())


# ------------------------------------------------------------------------------------ the ten files


def life_book(folder: Path) -> Path:
    """Four tables of a core system: policies, clients, agents and payments, joined by their numbers."""
    folder.mkdir(exist_ok=True)
    write(
        folder / "clients.csv",
        [
            ("ClientID", "Given", "Family", "Born", "Mobile"),
            *((f"K{c.client:04d}", *c.name, day(c.birthday, ISO), c.phone) for c in clients()),
        ],
    )
    write(
        folder / "agents.csv",
        [
            ("Code", "Name", "Office"),
            *((f"A{n}", f"Agent {n}", f"Office {n % 2}") for n in range(4)),
        ],
    )
    write(
        folder / "payments.csv",
        [
            ("Contract", "Due", "Amount", "Paid"),
            *(
                (p.policy_no, day(p.issued, ISO), money(p.instalment), day(p.issued, ISO))
                for p in POLICIES
            ),
        ],
    )
    return write(
        folder / "policies.csv",
        [
            ("Contract", "Issued", "Premium", "Mode", "Client", "Seller", "State", "Ended"),
            *(
                (
                    *(p.policy_no, day(p.issued, ISO), money(p.annual), p.mode),
                    *(f"K{p.client:04d}", f"A{p.agent}", p.status, day(p.ended_on, ISO)),
                )
                for p in POLICIES
            ),
        ],
    )


def french(folder: Path) -> Path:
    """Semicolons, decimal commas, days before months, cp1252."""
    states = {"in_force": "En cours", "terminated": "Résilié", "surrendered": "Racheté"}
    modes = {"annual": "A", "semiannual": "S", "quarterly": "T", "monthly": "M"}
    return write(
        folder / "french_contracts.csv",
        [
            ("N° contrat", "Effet", "Prime annuelle", "Périodicité", "N° client", "Nom", "Né le")
            + ("Situation", "Fin", "Conseiller"),
            *(
                (
                    *(p.policy_no, day(p.issued, FRENCH), money(p.annual, ",", "\u00a0")),
                    *(modes[p.mode], f"K{p.client:04d}", " ".join(p.name), day(p.birthday, FRENCH)),
                    *(states[p.status], day(p.ended_on, FRENCH), f"A{p.agent}"),
                )
                for p in POLICIES
            ),
        ],
        ";",
        "cp1252",
    )


def chinese(folder: Path) -> Path:
    """A printed list: a title above the header, days with 年 and 月, a term of 20年; in GB18030."""
    states = {"in_force": "有效", "terminated": "终止", "surrendered": "退保"}
    modes = {"annual": "年缴", "semiannual": "半年缴", "quarterly": "季缴", "monthly": "月缴"}
    written = "{y}年{m}月{d}日"
    rows: list[Sequence[object]] = [("示例人寿保险公司 保单清单", *[""] * 9), [""] * 10]
    rows.append(
        (
            "保单号",
            "承保日",
            "期交保费",
            "缴费方式",
            "缴费年期",
            "客户号",
            "投保人",
            "状态",
            "终止日",
        )
        + ("业务员工号",)
    )
    rows += [
        (
            *(p.policy_no, day(p.issued, written), money(p.instalment, ".", ",")),
            *(modes[p.mode], f"{p.term}年", f"K{p.client:04d}", CHINESE[p.client % 9]),
            *(states[p.status], day(p.ended_on, written), f"A{p.agent}"),
        )
        for p in POLICIES
    ]
    return write(folder / "chinese_list.csv", rows, encoding="gb18030")


def hebrew(folder: Path) -> Path:
    """Headers from right to left, shekels, d/m/yyyy."""
    states = {"in_force": "פעילה", "terminated": "בוטלה", "surrendered": "נפדתה"}
    return write(
        folder / "hebrew_export.csv",
        [
            (
                "מספר פוליסה",
                "תאריך הפקה",
                "פרמיה שנתית",
                "מספר לקוח",
                "שם לקוח",
                "סוכן",
                "סטטוס",
                "סיום",
            ),
            *(
                (
                    *(p.policy_no, day(p.issued, "{d}/{m}/{y}"), f"₪{money(p.annual, '.', ',')}"),
                    *(f"K{p.client:04d}", HEBREW[p.client % len(HEBREW)], f"A{p.agent}"),
                    *(states[p.status], day(p.ended_on, "{d}/{m}/{y}")),
                )
                for p in POLICIES
            ),
        ],
    )


def half_yearly(folder: Path) -> Path:
    """The premium is what is paid each time; the maturity date stands where one looks for the end."""
    return write(
        folder / "half_yearly.csv",
        [
            (
                "Policy",
                "Issued",
                "Instalment",
                "Frequency",
                "Client",
                "Name",
                "Agent",
                "State",
                "Until",
            ),
            *(
                (
                    *(p.policy_no, day(p.issued, DOTTED), money(p.instalment), p.mode),
                    *(f"K{p.client:04d}", " ".join(p.name), f"A{p.agent}", p.status),
                    day(p.ended_on or p.matures_on, DOTTED),
                )
                for p in POLICIES
            ),
        ],
        ";",
    )


def serials(folder: Path) -> Path:
    """Days are the numbers that a spreadsheet keeps, in a file that was saved as text."""
    first = datetime.date(1899, 12, 30)

    def serial(value: datetime.date | None) -> str:
        return str((value - first).days) if value else ""

    return write(
        folder / "serials.csv",
        [
            ("policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no")
            + ("status", "ended_on", "birthday"),
            *(
                (
                    *(p.policy_no, serial(p.issued), money(p.annual), f"K{p.client:04d}"),
                    *(
                        " ".join(p.name),
                        f"A{p.agent}",
                        p.status,
                        serial(p.ended_on),
                        serial(p.birthday),
                    ),
                )
                for p in POLICIES
            ),
        ],
    )


OWN = ("policy_no", "issue_date", "annual_premium", "client_no", "client_name", "agent_no")
"""Our own columns, as far as these lists need them."""


def own_rows(policies: Iterable[Plain]) -> list[Sequence[object]]:
    """The policies in our own columns."""
    return [
        (
            *(p.policy_no, day(p.issued, ISO), money(p.annual), f"K{p.client:04d}"),
            *(" ".join(p.name), f"A{p.agent}", p.status, day(p.ended_on, ISO)),
        )
        for p in policies
    ]


def totals(folder: Path) -> Path:
    """A row of totals below each year, and below all."""
    rows: list[Sequence[object]] = [(*OWN, "status", "ended_on")]
    for year in (2023, 2024, 2025, 2026):
        some = [each for each in POLICIES if each.issued.year == year]
        if some:
            rows += own_rows(some)
            rows.append((f"Total {year}", "", money(sum(each.annual for each in some)), *[""] * 5))
    rows.append(("Grand total", "", money(sum(each.annual for each in POLICIES)), *[""] * 5))
    return write(folder / "totals.csv", rows)


def sheets(folder: Path) -> Path:
    """A workbook with a sheet a half of the list, one with notes, and a hidden one of long ago."""
    workbook = openpyxl.Workbook()
    notes = workbook.active
    assert notes is not None
    notes.title = "Notes"
    notes.append(["as of", "30 June 2026"])
    halves = {"2023-2024": POLICIES[:24], "2025": POLICIES[24:], "old": POLICIES[:3]}
    for title, some in halves.items():
        sheet = workbook.create_sheet(title)
        sheet.append([*OWN, "status", "ended_on"])
        for row, each in zip(own_rows(some), some, strict=True):
            number, _, _, *others, _ = row
            sheet.append([int(str(number)), each.issued, each.annual / 100, *others, each.ended_on])
    workbook["old"].sheet_state = "hidden"
    for row in workbook["old"].iter_rows(min_row=2, max_col=1):
        row[0].value = f"OLD{row[0].row}"
    path = folder / "sheets.xlsx"
    workbook.save(path)
    return path


def names_apart(folder: Path) -> Path:
    """First and last name stand apart, and two numbers of which either may be missing."""
    return write(
        folder / "names_apart.csv",
        [
            (
                "Policy",
                "Start",
                "Premium p.a.",
                "Customer",
                "First name",
                "Last name",
                "Home",
                "Mobile",
            )
            + ("Advisor", "Status", "End"),
            *(
                (
                    *(
                        p.policy_no,
                        day(p.issued, ISO),
                        money(p.annual),
                        f"K{p.client:04d}",
                        *p.name,
                    ),
                    *(("", p.phone) if p.client % 2 else (p.phone, "")),
                    *(f"A{p.agent}", p.status.replace("_", " ").title(), day(p.ended_on, ISO)),
                )
                for p in POLICIES
            ),
        ],
        "\t",
    )


def first_due(policy: Plain) -> datetime.date:
    """The day of the second instalment."""
    return months_after(policy.issued, 12 // FREQUENCIES[policy.mode])


def ledger_by_status(folder: Path) -> Path:
    """A ledger that says of each instalment whether it is paid, and not when."""
    return write(
        folder / "ledger.csv",
        [
            ("Policy", "Instalment due", "Amount", "State"),
            *(
                (p.policy_no, day(first_due(p), FRENCH))
                + (money(p.instalment, ",", "."), "OPEN" if p.ended_on else "Settled")
                for p in POLICIES
            ),
        ],
        "|",
    )


EXAMPLES = Path(__file__).parents[2] / "examples"


def _write_examples() -> None:
    """The small files beside the mappings in `examples/`."""
    life_book(EXAMPLES / "life_book")
    french(EXAMPLES / "french_contracts")
    chinese(EXAMPLES / "chinese_list")
    hebrew(EXAMPLES / "hebrew_export")
    half_yearly(EXAMPLES / "half_yearly")


if __name__ == "__main__":
    _write_examples()
