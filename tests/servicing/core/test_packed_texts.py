"""What was sent comes back as it was, to the byte, from little more than what is one client's own."""

import datetime

import peewee
import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicing.channels.memory import Memory
from servicing.core import packed_texts
from servicing.core.models import Message, TextBase
from servicing.core.packed_texts import Base, Stored, Words
from servicing.dispatch import dispatcher as dispatching
from servicing.messages import history
from tests import cast
from tests.servicing import owed
from tests.servicing.dispatched import TEN, by, dispatch

Book = peewee.Database
ON = "2025-09-30"
WALKER = cast.walker(owed.THREE_YEARS)
TEMPLATE = (
    "【示例人寿】{{ salutation }}，您的{{ product }}（保单尾号{{ policy_tail }}）已满一个月。"
)

anything = st.text(st.characters(exclude_categories=["Cs"]))
PASSAGES = ["【示例人寿】", "，您的", "已满一个月。", "王伟", "\n"]
passages = st.lists(st.sampled_from(PASSAGES)).map("".join)


@pytest.mark.hypothesis
@given(st.one_of(anything, passages), st.one_of(anything, passages), st.one_of(anything, passages))
def test_every_text_comes_back_as_it_was(subject: str, body: str, words: str) -> None:
    base = Base(7, words * 3)
    packed = packed_texts.pack(Words(subject, body), base)
    stored = Stored(1, "", "", packed)
    assert packed_texts._words(stored, {7: base.words.encode()}) == (subject, body)


@pytest.mark.parametrize("length", [1, 200, 40_000, 200_000])
def test_long_texts_and_long_templates_come_back_too(length: int) -> None:
    base = Base(0xFFFFFF, TEMPLATE * (length // len(TEMPLATE) + 1))
    body = base.words[-length:] + "林伟"
    stored = Stored(1, "", "", packed_texts.pack(Words("", body), base))
    assert packed_texts._words(stored, {base.id: base.words.encode()}) == ("", body)


def test_a_text_takes_little_more_than_its_names_and_figures(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    memory = Memory()
    dispatch(by(memory))
    for message in Message.select():
        sent = memory.sent[message.id].body
        assert cast.said(message) == sent and (message.body, message.params) == ("", "{}")
        own = sum(len(each.encode()) for each in memory.sent[message.id].params.values())
        assert len(message.packed_text) < min(own + 20, len(sent.encode()) / 2)
    assert TextBase.select().count() == 1, "they are of one template"


def test_what_was_sent_stays_when_its_template_is_mended(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory()), limit=1)
    first = Message.get(Message.state == "accepted")
    before = cast.said(first)
    TextBase.insert(digest="of another", words="words of another template").execute()
    dispatch(by(Memory()))
    assert cast.said(Message.get_by_id(first.id)) == before
    assert packed_texts.bases(["words"])["words"].words == "words"


def test_a_text_of_an_earlier_version_is_read_as_it_stands(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    dispatch(by(Memory()))
    old, new = Message.select().order_by(Message.id).limit(2)
    text = cast.said(old)
    plain = {"subject": "", "body": text, "params": '{"agent_name": "陈燕"}', "packed_text": None}
    Message.update(plain).where(Message.id == old.id).execute()
    again = Message.get_by_id(old.id)
    assert packed_texts.has_words(again) and packed_texts.has_words(new)
    assert cast.said(again) == text
    lives = [history.life(each.id, WALKER.writer) for each in (again, new)]
    assert lives[0].body == text and lives[1].body == cast.said(new)


def test_a_message_of_an_earlier_version_that_is_sent_again_is_packed(book: Book) -> None:
    cast.everybody()
    cast.walk_only(ON, WALKER)
    old = {"state": "failed", "body": "a text of before", "params": "{}", "attempts": 1}
    message = cast.message("month_1")
    Message.update(old).where(Message.id == message.id).execute()
    assert history.retry([message.id], TEN) == {message.id}
    memory = Memory()
    dispatching.dispatch(by(memory), lambda: TEN + datetime.timedelta(minutes=1))
    sent = cast.message("month_1")
    assert (sent.body, cast.said(sent)) == ("", memory.sent[message.id].body)
