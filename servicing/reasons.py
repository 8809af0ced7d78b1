"""Why something was done or not done: codes that are stored, and their sentences.

The codes are a contract: they stand in the database and in JSON. Sentences may be reworded.
"""

from enum import StrEnum

from policies.plan import Texts, text


class Reason(StrEnum):
    """Why a message or task is as it is."""

    DUE = "due"
    FOUND_LATE = "found_late"
    CAP_MOVED = "cap_moved"
    LATE = "late"
    NO_CHANNEL = "client_wants_none"
    NO_PHONE = "no_phone"
    NO_EMAIL = "no_email"
    NO_CONSENT = "no_marketing_consent"
    CONSENT_WITHDRAWN = "marketing_consent_withdrawn"
    CAP_DAY = "cap_day"
    CAP_MONTH = "cap_month"
    ENDED = "policy_ended"
    PAUSED = "policy_paused"
    PAID = "premium_paid"
    WAITS_FOR_WINDOW = "waits_for_window"
    HANDED_OVER = "handed_over"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    NO_ANSWER = "no_answer"
    NOT_THERE = "not_at_provider"
    NOT_IN_PLAN = "not_in_plan"
    AGENT = "agent"


SENTENCES: dict[Reason, Texts] = {
    Reason.DUE: {"zh_CN": "当日到期", "en": "due on its day"},
    Reason.FOUND_LATE: {"zh_CN": "补做，仍在时限内", "en": "found late, inside its window"},
    Reason.CAP_MOVED: {
        "zh_CN": "营销频次已满，顺延",
        "en": "moved: the marketing cap of its day is full",
    },
    Reason.LATE: {"zh_CN": "已过时限", "en": "its window has passed"},
    Reason.NO_CHANNEL: {"zh_CN": "客户不愿接收消息", "en": "the client wants no messages"},
    Reason.NO_PHONE: {"zh_CN": "没有可用的手机号", "en": "no usable phone number"},
    Reason.NO_EMAIL: {"zh_CN": "没有可用的电子邮箱", "en": "no usable email address"},
    Reason.NO_CONSENT: {"zh_CN": "未取得营销同意", "en": "no consent to marketing"},
    Reason.CONSENT_WITHDRAWN: {
        "zh_CN": "客户拒绝营销信息",
        "en": "the client has refused marketing",
    },
    Reason.CAP_DAY: {"zh_CN": "已达每日营销上限", "en": "the daily marketing cap is reached"},
    Reason.CAP_MONTH: {"zh_CN": "已达每月营销上限", "en": "the monthly marketing cap is reached"},
    Reason.ENDED: {"zh_CN": "保单已终止", "en": "the policy has ended"},
    Reason.PAUSED: {"zh_CN": "保单效力中止", "en": "the policy is suspended"},
    Reason.PAID: {"zh_CN": "保费已缴", "en": "the premium has been paid"},
    Reason.WAITS_FOR_WINDOW: {"zh_CN": "等待发送时段", "en": "waits for the send window"},
    Reason.HANDED_OVER: {"zh_CN": "已交付通道", "en": "handed to the channel"},
    Reason.ACCEPTED: {"zh_CN": "通道已受理", "en": "accepted by the channel"},
    Reason.REJECTED: {"zh_CN": "通道拒绝", "en": "refused by the channel"},
    Reason.NO_ANSWER: {"zh_CN": "通道没有答复", "en": "the channel gave no answer"},
    Reason.NOT_THERE: {
        "zh_CN": "通道查无此消息，重新排队",
        "en": "the channel does not have it: queued again",
    },
    Reason.NOT_IN_PLAN: {
        "zh_CN": "服务标准已不含此触点",
        "en": "the plan has this touchpoint no more",
    },
    Reason.AGENT: {"zh_CN": "服务人员处理", "en": "by the agent"},
}


def sentence(code: str, locale: str) -> str:
    """The sentence of a code; a code that is not known stands for itself."""
    try:
        return text(SENTENCES[Reason(code)], locale)
    except (ValueError, KeyError):
        return code
