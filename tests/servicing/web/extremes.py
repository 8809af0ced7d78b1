"""What a form or an address may name, and values that nobody means: the table of every argument."""

from tests.servicing.web.routes import VISITORS, lines

DAYS = ("0001-01-01", "9999-12-31", "1899-12-31", "2200-01-01", "2026-02-30")
MONTHS = ("0001-01", "9999-12", "0000-00", "9999")
NUMBERS = ("0", "-1", "9223372036854775808", "1e309", "٣", "9" * 5_000)
TEXTS = ("%", "'", "\u202e", "x" * 20_000, "{}", "..", "\0", "\r\n")
VALUES = (*DAYS, *MONTHS, *NUMBERS, *TEXTS)

ONE_OF_EACH = ("0001-01-01", "2026-02-30", "0000-00", "-1", NUMBERS[-1], "x" * 20_000, "\0")
"""A day too early, one that there is not, a month, a number too small or too long, a text or none."""

THE_OTHERS = tuple(each for each in VALUES if each not in ONE_OF_EACH)

FIGURE = {"branch": "", "team": "", "agent": "", "by": "", "page": ""}
QUESTION = {**FIGURE, "month": "13", "definition": "paid", "basis": "", "over": "1", "as_of": ""}
QUESTION |= {"currency": ""}
SPAN = {"from": "", "to": ""}
MONTH = {**FIGURE, "month": "2026-04", "as": ""}

ARGUMENTS: dict[str, dict[str, str]] = {
    "/login": {"next": ""},
    "/day": {"page": ""},
    "/day/week": {**FIGURE, "from": "2026-06-08", "as": ""},
    "/day/month": {**FIGURE, "from": "2026-06-08", "as": ""},
    "/clients": {
        **{"q": "", "grace": "", "birthday": "", "orphan": "", "silent": "", "above": "1000"},
        **{"status": "in_force", "sort": "name", "branch": "", "team": "", "agent": ""},
        **{"page": "", "as": "", "tier": "", "stage": ""},
    },
    "/account": {"shown": "feed"},
    "/clients/C001": {"show": "", "all": ""},
    "/clients/C001/why": {"policy": "P001", "touchpoint": "month_1", "on": ""},
    "/cases": {
        **{"view": "all", "kind": "complaint", "state": "received", "page": "", "as": ""},
        **{"branch": "", "team": "", "agent": ""},
    },
    "/cases/{case}": {"restricted": ""},
    "/month": MONTH,
    "/month/grace": {**MONTH, "within": "7"},
    "/month/agents": {**MONTH, "stand": "below"},
    "/month/changed": MONTH,
    "/month/overdue": MONTH,
    "/month/fresh": MONTH,
    "/month/orphans": MONTH,
    "/month/handed": {**MONTH, "state": "open"},
    "/month.pdf": MONTH,
    "/month/hand": {"policy": "P001", "month": ""},
    "/month/reassign": {"policy": "P001", "to": "A000"},
    "/persistency": {**QUESTION, "as": ""},
    "/persistency/policies": {**QUESTION, **SPAN, "fate": "", "as": ""},
    "/persistency/collect": {**QUESTION, "ahead": "", "as": ""},
    "/persistency/deciding": {**QUESTION, "ahead": "", "as": ""},
    "/persistency/export": {**QUESTION, **SPAN, "kind": "csv", "what": ""},
    "/scorecard": {**FIGURE, "period": "", "as": ""},
    "/assessment": {**FIGURE, "period": "", "as": ""},
    "/assessment/coverage": {**FIGURE, "period": "", "state": "", "as": ""},
    "/earnings": {**FIGURE, "period": "", "as": ""},
    "/satisfaction": {**FIGURE, "period": "", "from": "", "to": "", "as": ""},
    "/stages": {**FIGURE, "as": ""},
    "/stages/before": {**FIGURE, "reached": "", "as": ""},
    "/keeping": {**FIGURE, "view": "cases", "as": ""},
    "/events": {"view": "over", "page": "", "as": ""},
    "/cases/reports": {"on": "2026-05-31", "as": ""},
    **{
        f"/cases/reports/{name}": {"on": "2026-05-31", "by": "agent", "as": ""}
        for name in ("daily", "complained-of", "callbacks")
    },
    "/cases/reports/monthly": {"on": "", "premium": "2400", "policies": "360", "as": ""},
    **{
        f"/cases/reports/{name}": {
            **{"on": "2026-05-31", "by": "agent", "key": "A001", "page": "", "as": ""},
            "unsorted": "matter",
        }
        for name in ("weekly/received", "callbacks/issued")
    },
    "/influence": {"as": ""},
    "/scorecard/export": {**FIGURE, "period": ""},
    "/dispatch": {"on": ""},
    "/dispatch/messages": {
        **{"on": "", "state": "queued", "reason": "", "touchpoint": "", "channel": ""},
        **{"provider": "", "page": "", "as": ""},
    },
    "/dispatch/queue": {"page": "", "as": ""},
    "/dispatch/decide": {
        **{"on": "", "state": "unknown", "reason": "", "touchpoint": "", "provider": ""},
        **{"page": "", "as": ""},
    },
    "/dispatch/barred": {"q": "", "of": "", "why": "", "page": "", "as": ""},
    "/dispatch/barred/lift": {"whom": "C001"},
    "/book": {"page": "", "as": "", "kind": "", "joined": "", "complete": ""},
    "/plan/preview": {"touchpoint": "news", "client_no": "C001", "channel": "", "locale": ""},
    "/plan/texts": {"who": "typical", "client_no": "C001", "channel": "", "locale": ""},
    "/orphans": {"what": "", "page": "", "as": ""},
    "/reassign": {"from": "", "to": "", "clients": "", "as": ""},
    "/people": {"q": "", "page": "", "as": ""},
    "/views": {"client_no": "", "login": "", "page": "", "as": ""},
    "/audit": {"who": "", "kind": "session.begun", "on": "", "page": "", "as": ""},
    "/checks": {
        "view": "done",
        "draw": "",
        "agent": "",
        "from": "",
        "to": "",
        "page": "",
        "as": "",
    },
    "/callbacks": {"view": "pressing", "page": "", "as": ""},
    "/leads": {"from": "2026-01-01", "to": "2026-06-01"},
    "/desks/tasks": {"desk": "callback", "view": "later", "page": "", "as": ""},
    "/static/servicing.css": {"v": ""},
    "/manifest.webmanifest": {"locale": "", "v": ""},
    "/service-worker.js": {"v": ""},
}
"""By page, what its address may name, as it usually is."""

FIELDS: dict[str, dict[str, str]] = {
    "/login": {"login": "x", "password": "x", "kept": "x"},
    "/login/second": {"code": "x", "recovery": "x", "passkey": "x", "kept": "x"},
    "/language": {"locale": "en", "next": "/day"},
    "/account/password": {"old": "x", "new": "x", "kept": "x", "onward": "/day"},
    "/account/second-factor/app": {"password": "x"},
    "/account/second-factor/app/try": {"code": "x"},
    "/account/second-factor/passkey": {"password": "x"},
    "/account/second-factor/passkey/try": {"name": "x", "passkey": "x"},
    "/account/second-factor/codes": {"password": "x"},
    "/account/second-factor/remove": {"password": "x", "factor": "app"},
    "/account/feed": {"end": "1"},
    "/account/sessions": {"session": "1"},
    "/day": {
        "task": "{task}",
        "client": "C001",
        "do": "postpone to",
        "to": "2026-06-02",
        "note": "",
        "next": "C001",
        "was_on": "2026-06-01",
        "delivered_on": "2026-06-01",
        "delivery": "{task}",
    },
    "/day/move": {
        "task": "{task}",
        "to": "2026-06-03",
        "span": "week",
        "from": "2026-06-01",
        "branch": "",
        "team": "",
        "agent": "",
    },
    "/day/undo": {"task": "{task}", "client": "C001"},
    "/clients/C001/tier": {"tier": "gold", "until": "2026-09-01", "reason": "x", "do": ""},
    "/clients/C001/review": {
        **{"do": "other", "insurer": "x", "kind": "life", "sum": "1000", "until": "", "place": "1"},
        **{"income": "1000", "currency": "CNY", "policy": "P001", "name": "x", "kin": "spouse"},
        "share": "50",
    },
    "/clients/filters": {"name": "x", "query": "grace=1", "remove": ""},
    "/clients/C001/complaint/form": {"text": "x", "channel": "phone", "began_with": "a1"},
    "/clients/C001/complaint": {
        **{"text": "x", "received": "2026-05-28", "source": "client", "channel": "phone"},
        **{"category": "simple", "policy": "P001", "about": "", "persons": "3", "spokesmen": "2"},
        "began_with": "a1",
    },
    "/clients/C001/cases/enquiry/form": {"text": "x", "channel": "phone", "began_with": "a1"},
    "/clients/C001/cases/enquiry": {
        **{"text": "x", "received": "2026-05-28", "channel": "phone", "policy": "P001"},
        "began_with": "a1",
    },
    "/clients/C001/remarks": {"kind": "note", "text": "x"},
    "/clients/C001/consent": {
        **{"consent": "given", "evidence": "letter"},
        **{"reference": "x", "dated": "2026-06-01"},
    },
    "/clients/C001/family": {
        **{"kin": "spouse", "name": "x", "note": "", "birthday": "1990-11-05"},
        **{"kin_client_no": "", "calendar": "lunar", "died": "2025-11-05"},
    },
    "/clients/C001/death": {"on": "2026-05-01", "do": ""},
    "/cases/{case}/steps": {
        **{"step": "record", "text": "x", "reason": "", "date": "2026-06-02", "person": ""},
        **{"category": "", "on": "2026-06-01", "moves": "1"},
    },
    "/month/hand": {"policy": "P001", "word": "x", "press": "x"},
    "/month/reassign": {"policy": "P001", "to": "A000", "why": "x", "shown": "x"},
    "/dispatch/retry": {"on": "2026-06-01", "state": "failed", "reason": "x"},
    "/dispatch/messages/{message}/settle": {"decision": "sent", "note": "x"},
    "/dispatch/halt": {"what": "touchpoint:x", "why": "x"},
    "/dispatch/decide": {
        **{"on": "2026-06-01", "state": "unknown", "reason": "", "touchpoint": "", "provider": ""},
        **{"message": "1", "decision": "sent", "note": "x", "last": "9", "count": "9"},
    },
    "/dispatch/resume": {"name": "touchpoint:x", "why": "x", "drop": "yes"},
    "/dispatch/barred": {
        **{"whom": "C001", "note": "x", "do": "lift"},
        **{"evidence": "letter", "reference": "x", "dated": "2026-06-01"},
    },
    "/book": {
        **{"kind": "book", "joined": "2026-06-01", "dry_run": "1"},
        **{"complete": "", "drops_much": ""},
    },
    "/book/imports/made-up": {"again": "1", "drops_much": "1"},
    "/book/imports/made-up/columns": {"dates": "", "numbers": "", "premium_per": "", "try": ""},
    "/people": {
        **{"login": "x", "password": "x" * 12, "role": "agent", "name": "x"},
        **{"agent_no": "A001", "branch": "x", "team": "x", "by_provider": "1"},
    },
    "/plan/compare": {"own": "", "locale": "zh_CN"},
    "/reassign": {
        **{"from": "A001", "to": "A900", "clients": "", "why": "x", "left_on": ""},
        **{"shown": "1"},
    },
    "/people/openid": {"login": "sunli"},
    "/people/state": {"login": "sunli", "do": "enable"},
    "/people/password": {"login": "sunli", "new": "x"},
    "/people/second-factor": {"login": "sunli"},
    "/u/made-up": {"List-Unsubscribe": "One-Click"},
    "/checks/1/result": {"item:birthday": "pass", "note": "x"},
    "/c/made-up": {"tail": "N1", "do": "answer"},
    "/s/made-up": {"score": "5"},
    "/leads/1": {
        **{"do": "consent", "how": "call", "reason": "", "client": "", "on": "2026-06-01"},
        "birthday": "1990-11-05",
    },
    "/leads/of/C001/ask": {"answer": "yes", "on": "2026-06-01"},
    "/leads/of/C001/names": {"name": "x", "reach": "+12025550142", "on": "2026-06-01"},
    "/desks/tasks/1": {
        **{"do": "done met", "to": "2026-06-05", "note": "x", "was_on": "2026-05-30"},
        "delivered_on": "2026-05-30",
    },
    "/callbacks/1/attempt": {"outcome": "busy", "at": "2026-06-01T09:10"},
    "/callbacks/1/answers": {
        **{"questions": "", "channel": "phone", "at": "2026-06-01T09:10", "note": "x"},
        **{"spoken": "N2", "applicant": "yes", "bought": "yes", "documents": "yes"},
        **{"cover": "yes", "surrender": "yes", "free_look": "yes", "payment": "yes"},
        **{"N2:surrender": "no"},
    },
}
"""By page, what its form has, as it is usually."""

PLACES = {
    "/day/{}": ("chenyan",),
    "/day/view/{}": ("chenyan",),
    "/clients/{}": ("chenyan", "shanghai", "ops"),
    "/clients/{}/why": ("chenyan", "ops"),
    "/cases/{}": ("shanghai", "admin"),
    "/influence/{}": ("shanghai", "admin"),
    "/callbacks/{}": ("admin",),
    "/desks/tasks/{}": ("admin",),
    "/cases/reports/{}": ("shanghai", "ops"),
    "/cases/reports/weekly/{}": ("shanghai", "ops"),
    "/cases/reports/{}/received": ("shanghai",),
    "/checks/{}": ("admin", "shanghai"),
    "/dispatch/messages/{}": ("ops",),
    "/book/imports/{}": ("ops",),
    "/book/imports/{}/columns": ("ops",),
    "/book/imports/{}/rejects.csv": ("ops",),
    "/book/imports/{}/rejects.xlsx": ("ops",),
    "/book/imports/{}/mapping.toml": ("ops",),
    "/calendar/{}.ics": ("",),
    "/u/{}": ("",),
    "/c/{}": ("",),
    "/s/{}": ("",),
    "/static/{}": ("",),
    "/bootstrap/static/{}": ("",),
}
"""Addresses with something of the reader's in their path, and who reads them."""


def reader_of(method: str, path: str) -> str | None:
    """Somebody who may ask for it, as the table of routes says; None: whoever it is."""
    for line in lines():
        if (line.method, line.path.partition("?")[0]) == (method, path):
            return next((login for login in VISITORS if login and line.marks[login] == "+"), None)
    raise AssertionError(f"{method} {path} is not in the table of routes")
