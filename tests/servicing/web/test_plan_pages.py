"""Texts side by side, and another plan or other texts compared before they are used."""

import io
import re
from pathlib import Path

import pytest

from policies import plan
from policies.models import Client
from servicing.core.account_models import CardView
from servicing.messages import sandbox
from servicing.operations import rollout
from servicing.operations.workspace import Workspace
from tests import cast
from tests.servicing.web import plans
from tests.servicing.web.conftest import Visit
from tests.servicing.web.visits import NOW, Visitor, text_of

STANDARD = plan.SHIPPED / "standard.toml"


@pytest.fixture
def ops(visit: Visit, space: Workspace) -> Visitor:
    return visit("ops")


# --------------------------------------------------------------------------------------- side by side


def test_all_texts_of_a_channel_stand_side_by_side_for_one_client(
    ops: Visitor, space: Workspace
) -> None:
    page = ops.get("/plan/texts?client_no=C001")
    shown = re.findall(r'<small class="faint break"><code>(\w+)</code></small>', page.text)
    assert sorted(shown) == sorted(space.plan.templates())
    assert "林伟" in page.text and "UCS-2" in page.text and "金额为示例" in page.text
    assert [each.client.client_no for each in CardView.select()] == ["C001"]
    cast.give_premium(cast.policy("P002"), "2026-06-08", amount="6543")
    told = ops.get("/plan/texts?client_no=C001").text
    assert "6,543" in told and "金额为示例" not in told


def test_the_channel_and_the_language_are_chosen(ops: Visitor) -> None:
    mails = ops.get("/plan/texts?client_no=C001&channel=email&locale=en").text
    assert 'lang="en"' in mails and "UCS-2" not in mails
    assert ops.get("/plan/texts?channel=pigeon").status_code == 400
    assert ops.get("/plan/texts?client_no=nobody").status_code == 404


def test_the_longest_name_is_found_among_those_that_came_last(ops: Visitor) -> None:
    long = Client.create(client_no="C55", name="阿不都热合曼·艾合买提江·吐尔逊")
    cast.give_policy(long, "P55", "2026-05-02")
    cast.give_policy(cast.lin_wei(), "P56", "2026-05-02")
    assert "C55" in ops.get("/plan/texts?who=longest").text
    assert "C001" in ops.get("/plan/texts?who=typical").text


# --------------------------------------------------------------------------------------------- compare


def edited(old: str, new: str) -> tuple[io.BytesIO, str]:
    text = STANDARD.read_text("utf-8")
    assert old in text
    return io.BytesIO(text.replace(old, new).encode()), "ours.toml"


def test_another_plan_is_set_against_the_present_one(ops: Visitor, space: Workspace) -> None:
    cast.give_policy(cast.lin_wei(), "P66", "2026-05-10")
    answer = ops.post("/plan/compare", plan=plans.without("month_1"))
    told = text_of(answer)
    assert answer.status_code == 200 and "P66" in told and "C001" in told
    assert not (space.home / "plans").exists(), "nothing of it is kept"


def test_a_plan_of_the_workspace_is_compared_by_its_name(ops: Visitor, space: Workspace) -> None:
    (space.home / "plans").mkdir()
    (space.home / "plans" / "ours.toml").write_bytes(plans.without("month_1")[0].read())
    assert 'value="ours"' in ops.get("/plan/compare").text
    cast.give_policy(cast.lin_wei(), "P66", "2026-05-10")
    assert "P66" in text_of(ops.post("/plan/compare", own="ours"))
    assert ops.post("/plan/compare", own="../servicing").status_code == 400


def test_a_wrong_plan_is_refused_by_the_name_that_its_owner_gave_it(ops: Visitor) -> None:
    answer = ops.post("/plan/compare", plan=(io.BytesIO(b"x = "), "ours.toml"))
    assert answer.status_code == 400
    assert "ours.toml" in answer.text and "/tmp" not in answer.text.replace("ours.toml", "")
    assert "servicing-" not in answer.text
    assert ops.post("/plan/compare").status_code == 400


def text(words: str, name: str = "month_1.sms.txt") -> tuple[io.BytesIO, str]:
    return io.BytesIO(words.encode()), name


def test_other_texts_are_shown_beside_the_present_ones(ops: Visitor) -> None:
    answer = ops.post(
        "/plan/compare", texts=text("【{{ company }}】新文本 {{ salutation }}"), locale="zh_CN"
    )
    assert answer.status_code == 200
    told = text_of(answer)
    assert "zh_CN/month_1.sms.txt" in told and "新文本" in told and told.count("month_1.sms") == 2


REFUSED = [
    (
        "{% for each in range(10) %}{% for other in range(10) %}x{% endfor %}{% endfor %}",
        "month_1.sms.txt",
    ),
    ("{{ 'x' * 1000000000 }}", "month_1.sms.txt"),
    ("{{ company|center(1000000000) }}", "month_1.sms.txt"),
    ("{% if %}", "month_1.sms.txt"),
    ("x", "nothing_of_ours.sms.txt"),
    ("x", "../month_1.txt"),
]


@pytest.mark.parametrize(("words", "name"), REFUSED)
def test_a_text_that_does_more_than_name_placeholders_is_not_run(
    ops: Visitor, words: str, name: str
) -> None:
    answer = ops.post("/plan/compare", texts=text(words, name), locale="zh_CN")
    assert answer.status_code == 400 and 'role="alert"' in answer.text


def test_every_text_that_is_shipped_is_plain() -> None:
    folder = Path(__file__).parents[3] / "templates" / "messages"
    texts = list(folder.rglob("*.txt"))
    assert len(texts) > 40
    assert [each.name for each in texts if not sandbox.is_plain(each.read_text("utf-8"))] == []


def test_a_large_book_is_only_counted_and_says_so(
    ops: Visitor, space: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rollout, "LARGE", 0)
    cast.give_policy(cast.lin_wei(), "P66", "2026-05-10")
    answer = ops.post("/plan/compare", plan=plans.without("month_1"))
    told = text_of(answer)
    assert "抽取 30 天中的 30 天" in told
    assert re.search(r"满月\S*\s+[12] 0 -[12]", told) or re.search(r"\s[12] 0 -[12]\s", told)


SPREAD = [(1, 30, 30), (1, 30, 6), (1, 30, 1), (1, 30, 0), (1, 1, 5), (1, 30, 100), (1, 30, 7)]


@pytest.mark.parametrize(("first", "last", "most"), SPREAD)
def test_some_of_the_days_are_spread_evenly(first: int, last: int, most: int) -> None:
    june = NOW.date().replace(month=6)
    days = rollout.spread(june.replace(day=first), june.replace(day=last), most)
    assert 1 <= len(days) <= max(min(most, last - first + 1), 1)
    apart = {(after - before).days for before, after in zip(days, days[1:], strict=False)}
    assert len(apart) <= 1 and days[0].day == first
