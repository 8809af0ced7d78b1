"""A line of the trail is a sentence with whoever it was, and no code of ours stands in it."""

import datetime
import re
from typing import get_args

import pytest

from policies import lead
from policies.trail import ChangeKind
from servicing.card import notes, telling, wording
from servicing.card.card import TrailLine
from servicing.core import i18n
from servicing.core.reasons import Reason
from servicing.core.sealed_lines import KINDS as OF_ERASURES
from servicing.desk import tasks
from servicing.messages import allowing

AT = datetime.datetime(2026, 6, 1, tzinfo=datetime.UTC)
LOCALES = ["en", "zh_CN"]
STATES = {
    "message": "queued sending accepted delivered undelivered suppressed skipped failed cancelled"
    " unknown answered",
    "task": "open done postponed skipped missed cancelled levelled reopened",
    "policy": "left_out_paused left_out_paid",
    "contact": "refused",
    "client": "readmitted",
    "note": "written",
    "complaint": "written",
    "case": "opened moved noted ended",
    "family": "written changed",
    "death": "written withdrawn",
    "touchpoint": "changed",
    "cover": "other_policy income beneficiary removed",
    "lead": "asked_for named consented contacted met won lost lapsed no_consent",
    "tier": "granted lifted",
    "event": "invited registered declined waitlisted confirmed attended no_show cancelled called_off",
    "survey": "answered",
    "check": "recorded",
}
ALL = {f"{subject}.{state}" for subject, states in STATES.items() for state in states.split()}
KINDS = sorted({*ALL, *get_args(ChangeKind), *OF_ERASURES})

FACTS: dict[str, list[object]] = {
    "reason": [each.value for each in Reason],
    "was": [each.value for each in Reason],
    "channel": ["sms", "email", ["sms", "email"], ["", "none"]],
    "outcome": list(tasks.OUTCOMES),
    "why": list(tasks.WHYS),
    "undone": ["done", "skipped", "postponed"],
    "was_on": ["2026-05-30"],
    "delivered_on": [[None, "2026-05-30"]],
    "kin": list(notes.KIN),
    "evidence": list(allowing.EVIDENCE),
    "of": ["marketing", "sms", "email"],
    "source": ["reply", "unsubscribe link", "operator", "twilio 21610", "aliyun", "smtp 550"],
    "status": [["in_force", "grace"], ["suspended", "paid_up"], "claim"],
    "payment_mode": [["annual", "monthly"]],
    "gender": [["M", "F"]],
    "language": [["zh_CN", "en"]],
    "marketing_consent": [[None, True], [True, False]],
    "fields": [["birthday", "note"], ["client_no"]],
    "case": [12],
    "reference": ["F-118"],
    "dated": ["2026-06-01"],
    "to": ["2026-06-08"],
    "from": ["2026-06-01"],
    "show_on": [["2026-06-01", "2026-06-02"]],
    "code": ["30007"],
    "desk": ["callback", "complaint", "conservation", "quality"],
    "erased": [True],
    "lines": [3],
    "proof": ["ab12"],
    "counted_from": ["2026-01-01"],
    "agent_no": [["A001", "A900"], "A001"],
    "client_no": [["C001", "C900"], "C900"],
    "bereaved_until": [[None, "2026-09-01"]],
    "deceased_on": [[None, "2026-05-01"]],
    "left_out_times": [[1, 0], 2],
    "answer": list(lead.ANSWERS),
    "lost_as": [*lead.LOSSES, lead.ANOTHER_REFERRER],
    "lead": [12],
    "persons": [2],
    "tier": ["gold"],
    "until": ["2026-09-01"],
}
CODED = re.compile(r"\b[a-z]+_[a-z_]+\b")
"""What a code looks like, and no word does."""

RAW = {"sms", "email", "M", "F", "reply", "operator", "unsubscribe link", "True", "False"}


def test_nothing_is_left_untold() -> None:
    assert set(wording.SECTIONS) | wording.LABELLED <= FACTS.keys() | {"due_date", "amount"}


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_of_line_has_its_sentence(kind: str, locale: str) -> None:
    assert i18n.known("told", kind, locale)


@pytest.mark.parametrize("locale", LOCALES)
@pytest.mark.parametrize("name", FACTS)
def test_no_fact_is_told_as_a_code(name: str, locale: str) -> None:
    for value in FACTS[name]:
        told = telling.told(line("contact.changed", **{name: value}), locale, {})
        text = " ".join([*told.details, told.who])
        assert text and not CODED.search(text), text
        if locale == "zh_CN":
            assert not RAW & set(re.split(r"[ →：()（）]+", text)), text


WHO = [
    ({"text": "x", "by": "chenyan"}, "陈燕"),
    ({"text": "x", "by": "gone"}, "gone"),
    ({"outcome": "spoke", "agent_no": "A001"}, "陈燕 A001"),
    ({"agent_no": ["A001", "A900"], "by": "chenyan"}, "陈燕"),
    ({"agent_no": "A001", "by": "team"}, "team"),
    ({"agent_no": "A001", "by": None}, "陈燕 A001"),
    ({"reason": "due"}, ""),
]


@pytest.mark.parametrize(("facts", "who"), WHO)
def test_it_says_who_it_was(facts: dict[str, object], who: str) -> None:
    told = telling.told(
        line("note.written", **facts), "zh_CN", {"chenyan": "陈燕", "A001": "陈燕 A001"}
    )
    assert told.who == who


def line(kind: str, **facts: object) -> TrailLine:
    return TrailLine(AT, kind, "", "", facts)
