"""A statement whose words are put together once answers like one that is put together each time."""

import datetime

import peewee
import pytest

from policies import database
from servicing.core import sessions
from servicing.core.account_models import User, UserSession
from servicing.core.prepared import Given, Prepared
from tests import cast
from tests.servicing.web.visits import NOW, account

HALF_A_DAY = datetime.timedelta(hours=12)
MOMENTS = [NOW, NOW + HALF_A_DAY - datetime.timedelta(seconds=1), NOW + HALF_A_DAY]
"""Of a session that begins now: its first moment, its last one, and the first without it."""


def put_together_anew(token: str, now: datetime.datetime) -> UserSession | None:
    query = UserSession.select(UserSession, User).join(User)
    is_open = UserSession.ended_at.is_null() & (UserSession.ends_at > now)
    return query.where((UserSession.digest == sessions.digest(token)) & is_open).first()


def told(known: UserSession | None) -> object:
    if known is None:
        return None
    return known.id, known.started_at, known.ends_at, known.user.login, known.user.role


def test_a_session_is_found_as_by_a_statement_of_the_moment(book: peewee.Database) -> None:
    cast.everybody()
    tokens = [sessions.begin(account(each), NOW, HALF_A_DAY, "") for each in ("chenyan", "ops")]
    found = []
    for token in (*tokens, "nobody's"):
        for moment in MOMENTS:
            found.append(told(sessions.found(token, moment)))
            assert found[-1] == told(put_together_anew(token, moment))
    assert [bool(each) for each in found] == [True, True, False] * 2 + [False] * 3


def test_its_agent_comes_with_it(book: peewee.Database) -> None:
    cast.everybody()
    token = sessions.begin(account("chenyan"), NOW, HALF_A_DAY, "")
    known = sessions.found(token, NOW)
    assert known and known.user.agent.agent_no == "A001"


def test_what_is_given_is_a_value_and_no_part_of_the_statement(book: peewee.Database) -> None:
    of = Prepared(User, (User,)).where(User.login == Given("login").value)
    account("ops")
    for login, count in (("ops", 1), ("' OR ''='", 0), ("?", 0), ("%s", 0), ("ops", 1)):
        assert len(of.given(login=login)) == count


def test_each_kind_of_database_has_words_of_its_own(book: peewee.Database) -> None:
    of = Prepared(User, (User,)).where(User.login == Given("login").value)
    words, values = of.given(login="ops").sql()
    mark = "?" if isinstance(database.database.obj, peewee.SqliteDatabase) else "%s"
    assert words.endswith(f"= {mark})") and values == ["ops"]


def test_a_value_that_is_not_given_is_missed(book: peewee.Database) -> None:
    of = Prepared(User, (User,)).where(User.login == Given("login").value)
    with pytest.raises(KeyError, match="login"):
        of.given(name="ops")
