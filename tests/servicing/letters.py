"""A message to Lin Wei as a channel is handed it."""

import datetime
from typing import Any

from servicing.channels import Outgoing
from tests import cast


def to_lin_wei(**known: Any) -> Outgoing:
    facts: dict[str, Any] = {
        "id": 7,
        "channel": "sms",
        "address": "+12025550111",
        "touchpoint": "month_1",
        "template": "month_1",
        "locale": "zh_CN",
        "params": {"salutation": "林伟先生"},
        "subject": "",
        "body": "【示例人寿】林伟先生，您好。",
        "parts": 1,
        "encoding": "UCS-2",
        "message_class": "service",
        "planned_on": datetime.date(2025, 9, 30),
        "client_no": "C001",
        "policy_tail": "0001",
        "agent_name": "陈燕",
        "handed_over_at": cast.at("2025-09-30", "10:00"),
        "not_after": cast.at("2025-09-30", "20:00"),
    }
    return Outgoing(**{**facts, **known})
