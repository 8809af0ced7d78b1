"""Why something was done or not done: codes that are stored, and their sentences.

The codes are a contract: they stand in the database and in JSON. The sentences are words of the
house and may be reworded.
"""

from enum import StrEnum

from servicing.core import i18n


class Reason(StrEnum):
    """Why a message or task is as it is."""

    DUE = "due"
    FOUND_LATE = "found_late"
    CAP_MOVED = "cap_moved"
    LATE = "late"
    LEVELLED = "levelled"
    NO_CHANNEL = "client_wants_none"
    NO_PHONE = "no_phone"
    NO_SMS_NUMBER = "no_sms_number"
    """There is a number, and it is only called: a landline, a service number."""
    NO_EMAIL = "no_email"
    NO_CONSENT = "no_marketing_consent"
    CONSENT_WITHDRAWN = "marketing_consent_withdrawn"
    CAP_DAY = "cap_day"
    CAP_MONTH = "cap_month"
    GREETING_MERGED = "greeting_merged"
    """Another greeting is so near that the two have become one."""
    GREETING_WEEK = "greeting_cap_week"
    GREETING_YEAR = "greeting_cap_year"
    MOURNING_DAY = "day_of_mourning"
    """Its days are all such on which nobody is greeted."""
    MOURNING_MOVED = "moved_from_mourning"
    """It waits until the day after one on which nobody is greeted."""
    ENDED = "policy_ended"
    PAUSED = "policy_paused"
    OWES_NO_PREMIUM = "owes_no_premium"
    """Its policy is paid up, whatever the ledger still lists."""
    NOTHING_DUE = "nothing_due"
    """Its instalment is of 0."""
    LEFT_OUT = "left_out"
    """Complete files have left its policy out, the second time in a row."""
    PAID = "premium_paid"
    MOVED = "policy_moved"
    HAD_ELSEWHERE = "other_number"
    """The client has it, or is to have it, under another number of theirs."""
    DATE_CORRECTED = "date_corrected"
    """The date that it was counted from stands in the book no more."""
    VOID = "instalment_void"
    REASSIGNED_SINCE = "reassigned_since"
    NOT_SUSPENDED = "not_suspended"
    """Its policy is not suspended since the date that it was counted from."""
    OTHER_POLICY = "other_policy"
    """Its policy has ended, and another of the client's is served."""
    OTHER_TIER = "other_tier"
    """It is for clients of other tiers than this one has."""
    NOT_ENDED = "not_ended"
    """Its policy has not ended on the date that it was counted from."""
    NOT_CLOSED = "not_closed"
    """No such case of its client was closed on the date that it was counted from."""
    NOT_DONE = "not_done"
    NOT_COMING = "not_coming"
    """The task that it was counted from is not done on that date."""
    REVIVED = "revived"
    """The book has given back what it had taken back."""
    MOVED_ON = "moved_on"
    """It went along with its policy to another client."""
    CARRIED_ON = "carried_on"
    WAITS_FOR_WINDOW = "waits_for_window"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    """Of version 0.1, which did not say what for."""
    NUMBER_REFUSED = "number_refused"
    CONTENT_REFUSED = "content_refused"
    MAILBOX_REFUSED = "mailbox_refused"
    """Its address is right, and its mailbox took nothing."""
    BLOCKED = "blocked"
    """A rule of the recipient's mail server keeps us out."""
    TEXT_FAILED = "text_failed"
    """Its template could not be written for its client at the moment at which it was to leave."""
    OPTED_OUT = "opted_out"
    ADDRESS_WRONG = "address_wrong"
    MARKETING_STOPPED = "marketing_opted_out"
    COMPLAINT_OPEN = "complaint_open"
    """A complaint of the client's is open."""
    CLAIMED_LATELY = "claimed_lately"
    """A policy of the client's has ended by a claim lately."""
    FREE_LOOK = "in_free_look"
    """The free look of a policy of the client's is not over."""
    SURVEYED_LATELY = "surveyed_lately"
    """The client was asked how satisfied they are within 90 days."""
    SURVEYED_OFTEN = "surveyed_often"
    """The client was asked twice within a year."""
    QUESTION_OPEN = "question_open"
    """Another question waits for an answer from the same number."""
    DELIVERED = "delivered"
    UNDELIVERED = "undelivered"
    TRIED_AGAIN = "tried_again"
    NOT_REACHED = "not_reached"
    HELD_BACK = "held_back"
    OPERATOR = "operator"
    RETRIED = "retried"
    REPLIED = "client_replied"
    NO_ANSWER = "no_answer"
    RESTORED = "restored"
    NOT_THERE = "not_at_provider"
    NOT_IN_PLAN = "not_in_plan"
    CHANNEL_STOPPED = "channel_stopped"
    THROTTLED = "throttled"
    HALTED = "halted"
    """Its touchpoint or channel was halted until its window had closed."""
    REPEATED = "repeated"
    """The same text had gone to the same address, and a person has dropped it."""
    AGENT = "agent"
    DECEASED = "client_deceased"
    DEATH_ASKED = "death_in_question"
    """A policy of the client has ended by claim, and nobody has said yet whether the client has died."""
    BEREAVED = "bereaved"
    """Somebody of the client's family has died."""
    CONDOLENCE = "condolence"
    """Of a task: a client has died, and the family needs somebody."""
    CLAIM_ASKS = "claim_asks"
    """Of a task: has the client died?"""
    MANAGER_ASKS = "manager_asks"
    """Of a task: the manager has handed it over, with a word."""
    ANSWERED = "death_answered"
    """Of a task: somebody has said whether the client has died."""
    ERASED = "client_erased"
    """The client's personal data were erased."""


GIVES_BACK = frozenset(
    {
        Reason.ENDED,
        Reason.PAUSED,
        Reason.OWES_NO_PREMIUM,
        Reason.NOTHING_DUE,
        Reason.LEFT_OUT,
        Reason.PAID,
        Reason.MOVED,
        Reason.HAD_ELSEWHERE,
        Reason.DATE_CORRECTED,
        Reason.VOID,
        Reason.REASSIGNED_SINCE,
        Reason.NOT_SUSPENDED,
        Reason.NOT_ENDED,
        Reason.NOT_CLOSED,
        Reason.NOT_DONE,
        Reason.NOT_COMING,
        Reason.OTHER_POLICY,
        Reason.OTHER_TIER,
        Reason.NO_CHANNEL,
        Reason.NO_PHONE,
        Reason.NO_SMS_NUMBER,
        Reason.NO_EMAIL,
        Reason.NO_CONSENT,
        Reason.CONSENT_WITHDRAWN,
        Reason.MARKETING_STOPPED,
        Reason.COMPLAINT_OPEN,
        Reason.OPTED_OUT,
        Reason.ADDRESS_WRONG,
        Reason.DECEASED,
        Reason.DEATH_ASKED,
        Reason.BEREAVED,
    }
)
"""Reasons that a change of the book, or of a client's mind, can take away again."""


def sentence(code: str, locale: str) -> str:
    """The sentence of a code in a language; a code that is not known stands for itself."""
    return i18n.say("reason", code, locale)
