"""Words: whose language, which template, what it may ask for, and what it can never do."""

import datetime
import re
from pathlib import Path
from typing import Any

import jinja2
import msgspec
import pytest

from policies import plan
from policies.importing.cells import cells
from policies.plan import Plan
from servicing.core import errors
from servicing.core.context import TouchpointContext
from servicing.core.settings import General
from servicing.messages import placeholders, sms_parts, templates
from servicing.messages.templates import Composer
from tests.refusals import english, refuses
from tests.servicing import owed

NO_TEMPLATES_OF_ITS_OWN = Path("no-such-home")
EVERY_TEMPLATE = owed.STANDARD.templates()

ONE_TOUCHPOINT = """
[[touchpoint]]
id = "ours"
title = { en = "Ours" }
due = [{ months = 1 }]
kind = "first-year"
owner = "message"
template = "ours"
"""


def composer(home: Path = NO_TEMPLATES_OF_ITS_OWN, **general: str) -> Composer:
    return Composer(home, General(**general))


def write(home: Path, name: str, words: str) -> None:
    path = home / "templates" / "messages" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, "utf-8")


def text_of(home: Path, words: str, channel: str = "sms", **known: str) -> str:
    """What Lin Wei reads of an SMS, or an email, with these words."""
    write(home, f"zh_CN/ours.{channel}.txt", words)
    return composer(home).compose(owed.facts(**known), "ours", channel).body


def plan_of(home: Path, sms: str, email: str = "Subject: x\n\nx", anchor: str = "issue") -> Plan:
    """A plan that sends one template, these words."""
    write(home, "zh_CN/ours.sms.txt", sms)
    write(home, "zh_CN/ours.email.txt", email)
    path = home / "plan.toml"
    path.write_text(f'{ONE_TOUCHPOINT}\nanchor = "{anchor}"', "utf-8")
    return plan.load(path)


def mistakes(home: Path, sms: str, email: str = "Subject: x\n\nx", anchor: str = "issue") -> str:
    return "\n".join(
        f"{touchpoint}: {english(why)}"
        for touchpoint, why in composer(home).mistakes(plan_of(home, sms, email, anchor))
    )


# ---------------------------------------------------------------------------- language and address

LOCALES = [
    ("zh_CN", "zh_CN"),
    ("en", "en"),
    ("en_GB", "en"),  # the same language, another country
    ("zh_TW", "zh_CN"),
    ("zh", "zh_CN"),
    ("fr", "zh_CN"),  # nothing in French: the book's
    ("", "zh_CN"),
]


@pytest.mark.parametrize(("language", "locale"), LOCALES)
def test_a_client_is_written_to_in_the_nearest_language_there_is(
    language: str, locale: str
) -> None:
    text = composer().compose(owed.facts(language=language), "month_1", "sms")
    assert text.locale == locale
    assert text.body.startswith("【示例人寿】林伟先生" if locale == "zh_CN" else "示例人寿: Dear")


def test_a_client_without_a_language_is_written_to_in_the_books() -> None:
    text = composer(locale="en").compose(owed.facts(language=""), "month_1", "sms")
    assert text.locale == "en"


def test_words_of_another_language_are_given_facts_of_that_language(tmp_path: Path) -> None:
    """The workspace speaks a little French: what it cannot say in French it says all in Chinese."""
    write(tmp_path, "fr/birthday.sms.txt", "Bon anniversaire, {{ salutation }} !")
    french = owed.facts(language="fr")
    assert composer(tmp_path).compose(french, "birthday", "sms").locale == "fr"
    text = composer(tmp_path).compose(french, "renewal_due", "sms")
    assert (text.locale, text.body) == (
        "zh_CN",
        composer().compose(owed.facts(), "renewal_due", "sms").body,
    )


SALUTATIONS = [
    ("林伟", "M", "zh_CN", "林伟先生"),
    ("周明", "F", "zh_CN", "周明女士"),
    ("林伟", "", "zh_CN", "林伟"),
    ("Lin Wei", "M", "en", "Lin Wei"),
    ("Zhou Ming", "F", "en_GB", "Zhou Ming"),
]


@pytest.mark.parametrize(("name", "gender", "locale", "expected"), SALUTATIONS)
def test_a_client_is_addressed_as_the_language_does(
    name: str, gender: str, locale: str, expected: str
) -> None:
    assert placeholders.salutation(name, gender, locale) == expected


MONEY = [
    (1_200_000, "CNY", "zh_CN", "¥12,000.00"),
    (1_200_050, "USD", "en", "$12,000.50"),
    (1, "CNY", "zh_CN", "¥0.01"),
    (123_456_789, "EUR", "fr", "1 234 567,89 €"),
]


@pytest.mark.parametrize(("hundredths", "currency", "locale", "expected"), MONEY)
def test_an_amount_has_plain_spaces_only(
    hundredths: int, currency: str, locale: str, expected: str
) -> None:
    """A non-breaking space would make the whole SMS UCS-2, at twice the price."""
    assert placeholders.money(hundredths, currency, locale) == expected


def test_a_policy_without_a_currency_is_paid_in_that_of_the_books_country() -> None:
    due = owed.facts(currency="", language="en")
    assert "CN¥12,000.00" in composer().compose(due, "renewal_due", "sms").body
    assert "$12,000.00" in composer(country="US").compose(due, "renewal_due", "sms").body


# ------------------------------------------------------------------------------ the shipped words


@pytest.mark.parametrize("template", EVERY_TEMPLATE)
@pytest.mark.parametrize("channel", templates.CHANNELS)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
@pytest.mark.parametrize("hotline", ["", "95500"])
@pytest.mark.parametrize(
    "known", [owed.facts(), owed.sparse(agent_name="陈燕")], ids=["full", "sparse"]
)
def test_every_shipped_template_reads_well(
    template: str, channel: str, language: str, hotline: str, known: TouchpointContext
) -> None:
    spoken = msgspec.structs.replace(known, language=language)
    text = composer(hotline=hotline).compose(spoken, template, channel)
    assert text.locale == language
    assert text.body and (text.subject if channel == "email" else not text.subject)
    for words in (text.subject, text.body):
        assert words == words.strip()
        assert not re.search(r"\{\{|\{%|None|Undefined|nan", words)
        assert not re.search(r"  |\n\n\n| [,;:!?，。；：]| \.(?!\.)|（）|\(\)|，，|。。", words), (
            words
        )


@pytest.mark.parametrize("template", EVERY_TEMPLATE)
def test_an_english_message_makes_sense_where_the_book_does_not_name_the_agent(
    template: str,
) -> None:
    """`agent_name` is no needed column (domain.md §9.1): many a book has none."""
    for channel in templates.CHANNELS:
        body = composer().compose(owed.sparse(language="en"), template, channel).body
        assert not re.search(r"  |\b(call|with|from) ?[.,]|^,", body, re.M), body


@pytest.mark.parametrize("template", EVERY_TEMPLATE)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_shipped_sms_says_the_full_policy_number(template: str, language: str) -> None:
    known = owed.facts(language=language)
    text = composer().compose(known, template, "sms")
    assert known.policy_no not in text.body
    assert known.policy_no not in text.params.values()


@pytest.mark.parametrize("template", ["news", "event"])
def test_a_marketing_sms_says_how_to_stop_it(template: str) -> None:
    chinese = composer().compose(owed.facts(), template, "sms").body
    assert chinese.startswith("【示例人寿】") and chinese.endswith("拒收请回复R")
    english = composer().compose(owed.facts(language="en"), template, "sms").body
    assert english.endswith("Reply STOP to opt out.")


def test_the_size_of_an_sms_is_that_of_its_text() -> None:
    text = composer().compose(owed.facts(), "month_1", "sms")
    size = sms_parts.measure(text.body)
    assert (text.parts, text.encoding) == (size.parts, size.encoding) == (2, "UCS-2")


def test_a_message_carries_the_facts_that_it_names() -> None:
    text = composer().compose(owed.facts(), "renewal_due", "sms")
    assert text.params == {
        "company": "示例人寿",
        "salutation": "林伟先生",
        "product": "安心终身寿险",
        "policy_tail": "0001",
        "premium": "¥12,000.00",
        "premium_due_date": "2025年8月31日",
    }


def test_grace_ends_as_many_days_after_the_due_date_as_the_book_says() -> None:
    on_loan = owed.facts(language="en")
    assert "October 30, 2025" in composer().compose(on_loan, "renewal_today", "sms").body
    short = Composer(NO_TEMPLATES_OF_ITS_OWN, General(grace_days=31))
    assert "October 1, 2025" in short.compose(on_loan, "renewal_today", "sms").body
    product = Composer(NO_TEMPLATES_OF_ITS_OWN, General(product_grace_days={"安心终身寿险": 40}))
    assert "October 10, 2025" in product.compose(on_loan, "renewal_today", "sms").body


# ---------------------------------------------------------------------------- the promise of cover

PROMISES = re.compile(
    "cover (still )?continues|remains? in force|grace period"
    "|保障.{0,4}(继续|有效)|继续有效|宽限期(内|至)",
    re.IGNORECASE,
)
"""What no text may say while cover does not continue: that, and that there is still a grace."""

STATUSES = sorted(cells.STATUSES)
GRACE_ENDS = datetime.date(2025, 10, 30)


def texts_of(template: str, on: datetime.date, **known: object) -> list[str]:
    """All that a client reads of a template on a day, by every channel."""
    context = owed.facts(key="renewal", **known)
    composed = (composer().compose(context, template, each, on=on) for each in templates.CHANNELS)
    return [f"{text.subject}\n{text.body}" for text in composed]


@pytest.mark.parametrize("template", EVERY_TEMPLATE)
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_no_shipped_text_promises_cover_where_it_does_not_continue(
    template: str, language: str
) -> None:
    after = GRACE_ENDS + datetime.timedelta(days=1)
    for status in STATUSES:
        for on in (datetime.date(2025, 8, 31), GRACE_ENDS, after):
            continues = status in ("in_force", "grace", "paid_up") and on <= GRACE_ENDS
            for text in texts_of(template, on, status=status, language=language):
                assert continues or not PROMISES.search(text), (status, on, text)


@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_the_promise_is_made_until_the_last_day_of_grace(language: str) -> None:
    for template in ("renewal_today", "renewal_grace"):
        for text in texts_of(template, GRACE_ENDS, language=language):
            assert PROMISES.search(text), text


@pytest.mark.parametrize("template", ["renewal_due", "renewal_today", "renewal_grace"])
@pytest.mark.parametrize("language", ["zh_CN", "en"])
def test_a_text_without_the_promise_is_a_text(template: str, language: str) -> None:
    for text in texts_of(template, GRACE_ENDS, status="suspended", language=language):
        assert not re.search(r"  |\n\n\n| [,;:!?，。；：]|，，|。。|None|[;，] *$", text), text
        assert "安心终身寿险" in text


# ------------------------------------------------------------------------- the workspace's own words


def test_the_words_of_the_workspace_come_before_the_shipped_ones(tmp_path: Path) -> None:
    write(tmp_path, "zh_CN/month_1.sms.txt", "{{ salutation }}，我们的话")
    ours = composer(tmp_path)
    assert ours.compose(owed.facts(), "month_1", "sms").body == "林伟先生，我们的话"
    shipped = composer()
    for template, channel, language in (
        ("month_4", "sms", "zh_CN"),
        ("month_1", "email", "zh_CN"),
        ("month_1", "sms", "en"),
    ):
        known = owed.facts(language=language)
        assert ours.compose(known, template, channel) == shipped.compose(known, template, channel)


def test_the_first_line_of_an_email_is_its_subject(tmp_path: Path) -> None:
    write(tmp_path, "zh_CN/ours.email.txt", "Subject: 致{{ salutation }}\n\n一\n\n二\n")
    text = composer(tmp_path).compose(owed.facts(), "ours", "email")
    assert (text.subject, text.body) == ("致林伟先生", "一\n\n二")


# ------------------------------------------------------------------------------- what a name can be

NAMES = [
    "{{ 7 * 7 }}",
    "{% for x in y %}",
    "{# 林伟 #}",
    "{{ policy_no }}",
    "<b>林伟</b> & Co.",
    "${x}",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_that_looks_like_a_template_is_text(tmp_path: Path, name: str) -> None:
    assert text_of(tmp_path, "致{{ client_name }}", client_name=name) == f"致{name}"
    write(tmp_path, "zh_CN/ours.email.txt", "Subject: 致{{ client_name }}\n\n{{ agent_name }}")
    known = owed.facts(client_name=name, agent_name=name)
    text = composer(tmp_path).compose(known, "ours", "email")
    assert (text.subject, text.body) == (f"致{name}", name)


BREAKS = ["\n", "\r", "\r\n", "\v", "\f", "\x1c", "\x85", "\u2028", "\u2029"]


@pytest.mark.parametrize("line_break", BREAKS)
def test_a_line_break_in_a_name_cannot_begin_another_header(
    tmp_path: Path, line_break: str
) -> None:
    write(tmp_path, "zh_CN/ours.email.txt", "Subject: 致{{ client_name }}\n\n您好")
    mean = owed.facts(client_name=f"林伟{line_break}Bcc: everybody@example.com")
    subject = composer(tmp_path).compose(mean, "ours", "email").subject
    assert subject == "致林伟 Bcc: everybody@example.com"
    assert len(subject.splitlines()) == 1


# ---------------------------------------------------------------------------------- what is refused

OUT_OF_THE_SANDBOX = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ salutation.__init__.__globals__ }}",
    "{{ (salutation|attr('__class__')).__mro__ }}",
    "{{ salutation['__class__'] }}",
    "{{ '{0.__class__}'.format(salutation) }}",
    "{{ '{x.__class__.__mro__}'.format_map({'x': salutation}) }}",
    "{{ self._TemplateReference__context }}",
    "{{ cycler.__init__.__globals__.os.popen('id').read() }}",
]


@pytest.mark.parametrize("words", OUT_OF_THE_SANDBOX)
def test_a_template_that_reaches_out_of_its_sandbox_is_refused(tmp_path: Path, words: str) -> None:
    with refuses(errors.BadTemplate, match=r"zh_CN/ours\.sms\.txt"):
        text_of(tmp_path, words)


NOT_TO_BE_HAD = [
    "{{ salutaton }}",
    "{{ salutation.title_of_honour }}",
    "{{ nobody.name }}",
    "{% if nobody %}x{% endif %}",
    "{{ policy_no }}",  # it is there, but not for an SMS
    "{{ policy_no[-4:] }}",
]


@pytest.mark.parametrize("words", NOT_TO_BE_HAD)
def test_a_fact_that_does_not_exist_is_an_error_never_a_blank(tmp_path: Path, words: str) -> None:
    with refuses(errors.BadTemplate, match=r"zh_CN/ours\.sms\.txt"):
        text_of(tmp_path, words)


SLIPS = [
    *("{{ salutation + 1 }}", "{{ 1 // 0 }}", "{{ salutation() }}", "{{ company|round }}"),
    *("{{ range(10000000)|list }}", "{% include company %}"),
]


@pytest.mark.parametrize("words", SLIPS)
def test_a_template_that_cannot_be_worked_out_is_refused_in_a_sentence(
    tmp_path: Path, words: str
) -> None:
    with refuses(errors.BadTemplate, match=r"zh_CN/ours\.sms\.txt"):
        text_of(tmp_path, words)


def test_a_template_that_is_not_there_is_refused_by_name(tmp_path: Path) -> None:
    with refuses(errors.BadTemplate, match=r"zh_CN/nobodys\.sms\.txt: there is no such file"):
        composer(tmp_path).compose(owed.facts(), "nobodys", "sms")


def test_a_template_that_cannot_be_parsed_is_refused_with_its_line(tmp_path: Path) -> None:
    with refuses(errors.BadTemplate, match=r"zh_CN/ours\.sms\.txt: line 2"):
        text_of(tmp_path, "一\n{% if %}")


@pytest.mark.parametrize(
    ("source", "line"),
    [
        ("Subject: {{ salutation\n\nx", 1),
        ("Subject: {% if cover %}x\n\nx{% endif %}", 1),
        ("Subject: x\n\n{% if %}", 3),
        ("Subject: x\n\nx\n{{ salutation\n}\n", 5),
    ],
)
def test_a_mistake_of_an_email_is_named_by_its_line_in_the_file(
    tmp_path: Path, source: str, line: int
) -> None:
    with refuses(errors.BadTemplate, match=rf"zh_CN/ours\.email\.txt: line {line}"):
        text_of(tmp_path, source, "email")


@pytest.mark.parametrize(
    ("channel", "source", "parts"), [("sms", "{{ company }}", 1), ("email", "Subject: x\n\nx", 2)]
)
def test_a_text_is_parsed_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, channel: str, source: str, parts: int
) -> None:
    parsed, parse = [], jinja2.Environment._parse

    def counted(*given: Any) -> Any:
        parsed.append(given)
        return parse(*given)

    monkeypatch.setattr(jinja2.Environment, "_parse", counted)
    templates._compiled.cache_clear()
    text_of(tmp_path, source, channel)
    assert len(parsed) == parts


# ------------------------------------------------------------------------------------ the plan check


def test_the_standard_plan_and_its_words_have_no_mistakes() -> None:
    assert list(composer().mistakes(owed.STANDARD)) == []
    assert list(composer(locale="en").mistakes(owed.STANDARD)) == []


def test_a_good_plan_of_our_own_has_no_mistakes(tmp_path: Path) -> None:
    assert (
        mistakes(tmp_path, "{{ policy_tail }}", "Subject: {{ product }}\n\n{{ policy_no }}") == ""
    )


FOUND_IN_THE_PLAN = [
    ("{{ policy_no }}", "Subject: x\n\nx", "issue", ["ours.sms", "'policy_no'", "SMS"]),
    ("{{ policy_no[-4:] }}", "Subject: x\n\nx", "issue", ["ours.sms", "'policy_no'", "SMS"]),
    ("{{ salutaton }}", "Subject: x\n\nx", "issue", ["ours.sms", "'salutaton'", "salutation"]),
    ("x", "Subject: {{ id_no }}\n\nx", "issue", ["ours.email", "'id_no'"]),
    ("x", "Subject: x\n\n{{ illness }}", "issue", ["ours.email", "'illness'"]),
    ("{{ premium }}", "Subject: x\n\nx", "issue", ["ours.sms", "'premium'", "premium is due"]),
    ("x", "Subject: x\n\n{{ grace_end_date }}", "issue", ["ours.email", "'grace_end_date'"]),
    ("{% if %}", "Subject: x\n\nx", "issue", ["ours.sms", "line 1"]),
    ("x", "Subject: x\n\n\n{{ x", "issue", ["ours.email"]),
]


@pytest.mark.parametrize(("sms", "email", "anchor", "named"), FOUND_IN_THE_PLAN)
def test_the_plan_check_names_the_touchpoint_the_template_and_the_mistake(
    tmp_path: Path, sms: str, email: str, anchor: str, named: list[str]
) -> None:
    found = mistakes(tmp_path, sms, email, anchor)
    assert all(each in found for each in ["ours: template zh_CN/", *named])


def test_what_is_known_of_a_premium_may_be_said_where_one_is_due(tmp_path: Path) -> None:
    assert mistakes(tmp_path, "{{ premium }} {{ grace_end_date }}", anchor="premium_due") == ""


def test_a_template_that_is_missing_is_found_by_the_plan_check(tmp_path: Path) -> None:
    found = plan_of(tmp_path, "x")
    (tmp_path / "templates/messages/zh_CN/ours.email.txt").unlink()
    assert [english(why) for _, why in composer(tmp_path).mistakes(found)] == [
        "template zh_CN/ours.email.txt: there is no such file"
    ]


def test_a_language_besides_the_books_may_leave_templates_out_but_not_get_them_wrong(
    tmp_path: Path,
) -> None:
    found = plan_of(tmp_path, "x")
    write(tmp_path, "en/ours.sms.txt", "{{ policy_no }}")
    assert [english(why) for _, why in composer(tmp_path).mistakes(found)] == [
        "template en/ours.sms.txt: 'policy_no' may not stand in an SMS"
    ]


FOUND_ONLY_BY_RUNNING = ["{{ ''.__class__ }}", "{{ salutation.nobody }}", "{{ salutation + 1 }}"]


@pytest.mark.parametrize("words", FOUND_ONLY_BY_RUNNING)
def test_words_that_cannot_be_run_are_found_by_the_plan_check_not_by_the_walk(
    tmp_path: Path, words: str
) -> None:
    """Found by the walk, they would stop the whole day."""
    assert "ours: template zh_CN/ours.sms.txt" in mistakes(tmp_path, words)


def test_a_template_is_rehearsed_with_what_a_client_would_read_of_whom_little_is_known(
    tmp_path: Path,
) -> None:
    """Each placeholder by its own function: a new one is rehearsed as it will be written."""
    names = sorted(placeholders.PLACEHOLDERS.keys() - {placeholders.COVER})
    plan_of(tmp_path, "x", "Subject: x\n\n" + " ".join(f"{{{{ {each} }}}}" for each in names))
    ours = composer(tmp_path)
    (sample,) = [each for each in ours.samples("ours", "email") if each.locale == "zh_CN"]
    little = owed.facts(
        client_name="Specimen",
        policy_no="P0000000000",
        anchor_on=datetime.date(2026, 5, 4),
        due_on=datetime.date(2026, 5, 4),
        issue_date=datetime.date(2026, 5, 4),
        **dict.fromkeys(("gender", "product", "currency", "agent_name", "agent_phone"), ""),
        premium=100,
    )
    assert sample == ours.compose(little, "ours", "email")
    assert sorted(sample.params) == names
