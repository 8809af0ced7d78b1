"""The shipped kinds are those of the manual, and a kind with a mistake is refused with its place."""

from pathlib import Path

import pytest

from policies import case_file, case_kind, errors
from policies.case_kind import Kind
from tests.refusals import english, refuses

RULES = (
    "complaint_simple",
    "complaint_complex",
    "complaint_special",
    "detractor",
    "free_look",
    "improvement",
    "problem",
    "reinstatement",
    "retention",
    "retention_decision",
)

GOOD = """
title = { en = "Parcel" }
desk = "quality"

[[state]]
id = "sent"
title = { en = "Sent" }

[[state]]
id = "lost"
title = { en = "Lost" }
open = false
settled = true

[[step]]
id = "lose"
title = { en = "Lose" }
from = ["sent"]
to = "lost"
by = ["quality"]
requires = ["judge"]

[[step]]
id = "judge"
title = { en = "Judge" }
from = ["sent"]
by = ["quality", "manager"]
needs = ["decision", "notice", "date"]

[[clock]]
id = "search"
title = { en = "Search" }
rule = "complaint_simple"
stops = ["lost"]
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "parcel.toml"
    path.write_text(text, "utf-8")
    return path


def shipped(name: str) -> Kind:
    return case_file.load(case_file.SHIPPED / f"{name}.toml", RULES)


@pytest.mark.parametrize("name", case_file.names(Path("/nowhere")))
def test_every_shipped_kind_is_right_and_in_both_languages(name: str) -> None:
    kind = shipped(name)
    tables = (kind.state, kind.step, kind.clock, kind.category, kind.source, kind.channel)
    titles = [kind.title, *(one.title for each in tables for one in each)]
    assert all(set(title) == {"zh_CN", "en"} for title in titles)


def test_a_complaint_has_the_states_of_the_manual() -> None:
    kind = shipped("complaint")
    assert {each.id for each in kind.state if each.is_open} == {
        *("received", "accepted", "investigating", "offered", "decided", "informed"),
        *("review", "review_decided"),
    }
    ends = {"closed", "refused", "forwarded", "withdrawn"}
    assert {each.id for each in kind.state if not each.is_open} == ends
    assert kind.first.id == "received"


def test_a_complaint_has_its_ten_steps() -> None:
    steps = {each.id for each in shipped("complaint").step}
    assert steps >= {
        *("apology", "record", "nature", "responsibility", "investigate", "offer", "inform"),
        *("penalty", "improvement", "follow_up"),
    }


def test_a_complaint_is_withdrawn_from_any_open_state() -> None:
    kind = shipped("complaint")
    withdraw = kind.step_of("withdraw")
    assert withdraw and set(withdraw.from_states) == {s.id for s in kind.state if s.is_open}


def test_the_clock_of_a_complaint_runs_by_the_strictest_rule_until_somebody_says_otherwise() -> (
    None
):
    (clock,) = shipped("complaint").clocks_in("CN")
    assert case_kind.rule_of(clock, []) == "complaint_simple"
    assert case_kind.rule_of(clock, ["sales", "complex"]) == "complaint_complex"
    assert case_kind.rule_of(clock, ["special"]) == "complaint_special"


LIMBO = """
[[state]]
id = "limbo"
title = { en = "Limbo" }
open = false

"""

SOURCE = """
[[source]]
id = "rain"
title = { en = "Rain" }
signal = "agent_left"
"""
NOTED = """
[[step]]
id = "note"
title = { en = "Note" }
from = ["sent"]
by = ["quality"]
room = "signals"
needs = ["reason", "date"]
reasons = ["rain"]
"""
RAIN = SOURCE.replace('signal = "agent_left"\n', "")
PAID = """
[[step]]
id = "came"
title = { en = "Came" }
from = ["sent"]
by = ["quality"]
room = "payments"
needs = ["date"]
"""
CLOCKED = 'stops = ["lost"]\n'

ALONE = 'takes = "lose"\n'
"""A clock takes the step that loses the parcel."""

MISTAKES = [
    (CLOCKED, f"{CLOCKED}{SOURCE}{NOTED}", "source rain: .* policy = "),
    (
        'desk = "quality"\n',
        f'desk = "quality"\npolicy = "required"\n{SOURCE}',
        "source rain: a signal, and no step of the room signals",
    ),
    (
        'desk = "quality"\n',
        f'desk = "quality"\npolicy = "required"\n{SOURCE}once = true\n',
        "source rain: a signal opens a case for each cause",
    ),
    (CLOCKED, CLOCKED + NOTED.replace(', "date"', ""), "step note: .* every open state"),
    (CLOCKED, CLOCKED + PAID.replace('["date"]', '["date", "text"]'), "step came: .* a date alone"),
    (CLOCKED, f"{CLOCKED}{RAIN}days = 3", "source rain: days are counted after the cause"),
    (CLOCKED, f'{CLOCKED}{RAIN}case = "flood"', "source rain: the signal case_opened says"),
    (CLOCKED, f'{CLOCKED}{RAIN}signal = "case_opened"', "source rain: the signal case_opened says"),
    (
        CLOCKED,
        f'{CLOCKED}{RAIN}signal = "case_opened"\ncase = "parcel"',
        "source rain: the signal case_opened says",
    ),
    ('stops = ["lost"]', f'stops = ["lost"]\n{ALONE}', "step lose: a clock takes it, so its room"),
    ('stops = ["lost"]', 'stops = ["lost"]\ntakes = "end"', "clock search: there is no step 'end'"),
    (
        'requires = ["judge"]',
        'requires = ["judge"]\nroom = "clock"',
        "step lose: .* no clock takes it",
    ),
    (
        'needs = ["decision", "notice", "date"]',
        'needs = ["decision", "notice", "date"]\nroom = "clock"',
        "step judge: .* leads to a state and needs nothing",
    ),
    ('to = "lost"', 'to = "found"', "step lose: there is no state 'found'; there are: lost, sent"),
    ('rule = "complaint_simple"', 'rule = "soon"', "clock search: there is no rule 'soon'"),
    ('by = ["quality"]', "by = []", "step lose: nobody may take it"),
    ('by = ["quality"]', 'by = ["post"]', "step lose: there is no desk or role 'post'"),
    ('requires = ["judge"]', 'requires = ["weigh"]', "step lose: there is no step 'weigh'"),
    ('requires = ["judge"]', 'requires = ["lose"]', "step lose: requires 'lose', which no case"),
    ('requires = ["judge"]', "", "must be some that need decision, notice, date"),
    ('"notice", "date"]', '"notice"]', "step lose: leads to 'lost', which is settled: .* date"),
    ('from = ["sent"]\nby', 'from = ["lost"]\nby', "step judge: leads out of 'lost', which is an"),
    ("[[step]]", f"{LIMBO}[[step]]", "state limbo: no step leads here from 'sent'"),
    ('to = "lost"', 'to = "sent"', "state sent: no steps lead from here to an end"),
    ('to = "lost"', "", "state sent: no steps lead from here to an end"),
    ("open = false\n", "", "state sent: no steps lead from here to an end"),
    ('from = ["sent"]\nto', "from = []\nto", "state sent: no steps lead from here to an end"),
    ('id = "lose"', 'id = "judge"', "step judge: stands 2 times"),
    (
        'id = "lose"',
        'id = "escalated"',
        "step escalated: opened and escalated are entries that every",
    ),
    ('id = "search"', 'id = "a search"', "the id must be letters, digits and _ only"),
    ('stops = ["lost"]', 'stops = ["gone"]', "clock search: there is no state 'gone'"),
    ("needs = [", 'reasons = ["why"]\nneeds = [', "step judge: reasons and the need"),
    ("needs = [", 'extends = { clock = "nap", length = 3 }\nneeds = [', "there is no clock 'nap'"),
    ("needs = [", 'extends = { clock = "search", length = 3 }\nneeds = [', 'needs an "approver"'),
    ("needs = [", 'sorts = ["why"]\nneeds = [', "step judge: no category is of the facet 'why'"),
    ('to = "lost"', 'to = "lost"\nrestricted = true', "step lose: is restricted"),
    ('to = "lost"', 'to = "lost"\nopens = "problem"', "kind 'problem', which needs words"),
    (
        'needs = ["decision"',
        'restricted = true\nopens = "problem"\nneeds = ["text", "decision"',
        "step judge: is restricted, so it cannot open a case of kind 'problem'",
    ),
    ('"decision", ', '"verdict", ', "needs"),
    ('desk = "quality"', 'desk = "post"', "desk"),
    ('desk = "quality"', 'desk = "quality"\ncolour = 3', "colour"),
    ("stops = [", 'starts = ["post"]\nstops = [', "clock search: there is no step 'post'"),
    (
        "stops = [",
        'starts = ["lose"]\nstops = [',
        "clock search: it begins with step 'lose', which",
    ),
    (
        'requires = ["judge"]',
        'requires = ["judge"]\nahead = true',
        'is for a day ahead: it needs a "date"',
    ),
    ('requires = ["judge"]', 'needs = ["approver"]\napproved_by = []', "nobody may approve it"),
    ("needs = [", 'approved_by = ["post"]\nneeds = [', "there is no desk or role 'post'"),
    ('desk = "quality"', 'desk = "quality"\nopened_by = ["post"]', "no desk or role 'post'"),
    ('title = { en = "Search" }', "title = {}", "clock search: needs a title"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES)
def test_a_mistake_is_refused_by_its_name(
    tmp_path: Path, right: str, wrong: str, told: str
) -> None:
    assert right in GOOD
    path = written(tmp_path, GOOD.replace(right, wrong, 1))
    with refuses(errors.BadCaseKind, told):
        case_file.load(path, RULES)


TURN = """
[[step]]
id = "turn"
title = { en = "Turn" }
from = ["sent"]
to = "limbo"
by = ["quality"]
opens = "enquiry"
needs = ["text"]
"""


def test_what_is_to_be_settled_becomes_nothing_else_in_silence(tmp_path: Path) -> None:
    """An enquiry becomes a complaint; a complaint an enquiry only with a reason and a notice."""
    turned = GOOD.replace("[[step]]", f"{LIMBO}[[step]]", 1) + TURN
    path = written(tmp_path, turned)
    with refuses(errors.BadCaseKind, "step turn: it ends what is to be settled .* 'enquiry'"):
        case_file.load(path, RULES)
    told = 'reasons = ["asked"]\nneeds = ["reason", "notice"]'
    path.write_text(turned.replace('needs = ["text"]', told), "utf-8")
    assert case_file.load(path, RULES).step_of("turn")


OPENERS = {
    **{"complaint": {"complaint", "agent", "manager", "operations"}, "callback": set()},
    **{"enquiry": {"complaint", "agent", "manager", "operations"}, "follow_up": set()},
    **{
        "detractor": set(),
        "problem": {"callback", "quality"},
        "improvement": {"quality", "manager"},
    },
    **dict.fromkeys(
        ("retention", "reinstatement"), {"conservation", "agent", "manager", "operations"}
    ),
}
"""By kind, who opens one by hand."""


@pytest.mark.parametrize("name", case_file.names(Path("/nowhere")))
def test_a_kind_says_who_opens_one_by_hand(name: str) -> None:
    assert set(shipped(name).openers) == OPENERS[name]


def test_a_kind_that_does_not_say_it_is_opened_by_its_desk_and_whoever_meets_clients(
    tmp_path: Path,
) -> None:
    kind = case_file.load(written(tmp_path, GOOD), RULES)
    assert set(kind.openers) == {"quality", "agent", "manager", "operations"}
    room = 'needs = ["decision", "notice", "date"]\nroom = "callbacks"'
    kind = case_file.load(
        written(tmp_path, GOOD.replace('needs = ["decision", "notice", "date"]', room)), RULES
    )
    assert kind.openers == (), "its room does it"


def test_the_refusal_names_the_file_and_the_line(tmp_path: Path) -> None:
    path = written(tmp_path, GOOD.replace('by = ["quality"]', "by = []"))
    with pytest.raises(errors.BadCaseKind) as caught:
        case_file.load(path, RULES)
    line = GOOD.splitlines().index('id = "lose"') + 1
    assert english(caught.value).startswith(f"{path}, line {line}: step lose: ")


def test_the_workspaces_own_kind_comes_first(tmp_path: Path) -> None:
    assert case_file.find("complaint", tmp_path) == case_file.SHIPPED / "complaint.toml"
    (tmp_path / "cases").mkdir()
    own = tmp_path / "cases" / "complaint.toml"
    own.write_text((case_file.SHIPPED / "complaint.toml").read_text("utf-8"), "utf-8")
    written(tmp_path / "cases", GOOD)
    assert case_file.find("complaint", tmp_path) == own
    assert case_file.find("parcel", tmp_path)
    assert case_file.find("letter", tmp_path) is None
    assert {"complaint", "callback", "problem", "parcel"} <= set(case_file.names(tmp_path))


def test_an_edited_kind_has_another_digest(tmp_path: Path) -> None:
    first = case_file.load(written(tmp_path, GOOD), RULES).digest
    assert case_file.load(written(tmp_path, f"{GOOD}\n# more"), RULES).digest != first
