"""Why: codes are a contract, and each has its sentence in both languages."""

import pytest

from servicing.core import reasons
from servicing.core.reasons import Reason


@pytest.mark.parametrize("reason", Reason)
@pytest.mark.parametrize("locale", ["zh_CN", "en"])
def test_every_reason_has_a_sentence_of_its_own(reason: Reason, locale: str) -> None:
    sentences = [reasons.sentence(each, locale) for each in Reason]
    assert reasons.sentence(reason, locale) not in ("", reason.value)
    assert sentences.count(reasons.sentence(reason, locale)) == 1


def test_a_code_of_a_newer_version_stands_for_itself() -> None:
    assert reasons.sentence("struck_by_lightning", "en") == "struck_by_lightning"


def test_the_codes_that_are_stored_never_change() -> None:
    """Codes may be added; one that was released stays as it is."""
    released = (
        "due found_late cap_moved late client_wants_none no_phone no_email no_marketing_consent"
        " marketing_consent_withdrawn cap_day cap_month policy_ended policy_paused premium_paid"
        " waits_for_window handed_over accepted rejected no_answer not_at_provider not_in_plan"
        " channel_stopped throttled agent policy_moved"
    )
    assert set(released.split()) <= {each.value for each in Reason}
