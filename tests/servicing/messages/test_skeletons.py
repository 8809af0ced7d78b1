"""A text that was sent is known again by the words of its template."""

import pytest

from servicing.messages import skeletons

MONTH = (
    "{{ company }}: Dear {{ salutation }}, policy ..{{ policy_tail }} is a month old. "
    "Call {{ agent_name }}{% if agent_phone %} on {{ agent_phone }}{% endif %}."
)


@pytest.mark.parametrize(
    ("text", "is_it"),
    [
        ("Demo: Dear Mr Lin, policy ..0001 is a month old. Call Chen Yan.", True),
        ("Demo: Dear Mr Li, policy ..0001 is a month old. Call Sun on +12025550100.", True),
        ("Demo: Dear Mr Lin,  policy ..0001 is a month old. Call Chen Yan.", True),
        ("Demo: Dear Mr Lin, policy ..0002 is a month old. Call Chen Yan.", False),
        ("Demo: Dear Mr Lin, policy ..0001 is a year old. Call Chen Yan.", False),
        ("Your code is 123456.", False),
        ("", False),
    ],
)
def test_names_may_differ_and_the_policy_may_not(text: str, is_it: bool) -> None:
    skeleton = skeletons.of(MONTH, {"policy_tail": "0001"})
    assert skeleton and bool(skeleton.fullmatch(text)) is is_it


@pytest.mark.parametrize("source", ["{{ company }}: {{ product }}", "{% if x %}"])
def test_what_has_hardly_a_word_of_its_own_has_no_skeleton(source: str) -> None:
    assert skeletons.of(source, {}) is None
