"""What a simulated week stands on: its plan, the words of its texts, its zones and its columns.

The texts spell their facts, so that what was sent is compared fact by fact.
"""

import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

BOOK_ZONE = "Asia/Shanghai"
ZONES = ("America/Los_Angeles", "Europe/London", "Asia/Shanghai", "Pacific/Auckland")
AGENTS = ("A1", "A2", "A3", "A4")
COMPANY = "Plainly"
GRACE_DAYS, PRODUCT_GRACE_DAYS = 60, {"Hospital": 30}
PLAN = Path(__file__).parent / "plainly.toml"

WALK = "06:00"
"""The book's morning."""

OPENS, CLOSES = datetime.time(9), datetime.time(20)
"""The send window of every touchpoint of the plan, in the client's zone."""

OF_A_PREMIUM = frozenset(["t_renewal", "t_grace"])
"""Templates that may name an instalment."""

TEMPLATES = {
    "welcome": "t_welcome",
    "care": "t_care",
    "receipt": "t_receipt",
    "news": "t_news",
    "renewal": "t_renewal",
    "birthday": "t_birthday",
}
"""By touchpoint the template that `mended` and `halted` are about."""

OTHERS = ("t_grace", "t_rescue", "t_lost", "t_thanks", "t_asked")
"""Of the reminders after a due date, of what follows a suspension, a loss, a case and a task."""

FACTS = ("client_name", "policy_tail", "product", "agent_name", "agent_phone", "due_date")
PREMIUM_FACTS = ("premium", "premium_due_date", "grace_end_date")
LOCALES = ("en", "zh_CN")

BOOK_COLUMNS = (
    *("policy_no", "issue_date", "delivered_on", "annual_premium", "product", "status"),
    *("ended_on", "suspended_on"),
    *("client_no", "client_name", "birthday", "phone", "email", "language"),
    *("timezone", "channel", "marketing_consent", "agent_no", "agent_name", "agent_phone"),
    *("team", "branch"),
)
CLIENT_COLUMNS = (
    *("client_no", "client_name", "birthday", "phone", "email", "language", "timezone"),
    *("channel", "marketing_consent"),
)
AGENT_COLUMNS = ("agent_no", "agent_name", "agent_phone", "team", "branch")
LEDGER_COLUMNS = ("policy_no", "due_date", "amount", "paid_on")

Row = dict[str, str]
"""A row of a file: what a column says, by its name."""


LONDON = "+4420"
"""Numbers that begin so are landlines."""


def channel_of(preferred: str, phone: str) -> str:
    """How a client is written to who prefers a channel: all have an email address, and a number."""
    if preferred in ("", "sms") and phone.startswith(LONDON):
        return "email"
    return preferred or "sms"


def at(day: datetime.date, time: str, zone: str = BOOK_ZONE) -> datetime.datetime:
    """A moment of the book, or of another zone."""
    return datetime.datetime.combine(day, datetime.time.fromisoformat(time), ZoneInfo(zone))


def facts_of(template: str) -> tuple[str, ...]:
    """The facts that a text spells, in their order."""
    return (*FACTS, *PREMIUM_FACTS) if template in OF_A_PREMIUM else FACTS


def write_templates(home: Path, versions: dict[str, int]) -> None:
    """The words of the workspace, each with its version in front."""
    for locale in LOCALES:
        folder = home / "templates" / "messages" / locale
        folder.mkdir(parents=True, exist_ok=True)
        for template, version in versions.items():
            spelled = "|".join(f"{{{{ {fact} }}}}" for fact in facts_of(template))
            body = f"{template} v{version} {locale}|{spelled}\n"
            (folder / f"{template}.sms.txt").write_text(body, "utf-8")
            (folder / f"{template}.email.txt").write_text(f"Subject: {template}\n\n{body}", "utf-8")
