"""Names of data and of plans never lead a file out of its folder."""

import csv
from pathlib import Path

import pytest

from policies import plan
from tests.acceptance.frontdoor import DAY, NOON, call

ENGLISH = {"SERVICING_SERVICING_LOCALE": "en"}

ELSEWHERE = [
    "../escaped",
    "../../escaped",
    "/tmp/servicing-escaped",
    "a/b",
    "a\\b",
    "..",
    "x" * 250,
]
HEADER = [
    "policy_no",
    "issue_date",
    "annual_premium",
    "client_no",
    "client_name",
    "agent_no",
    "phone",
]


def everything(folder: Path) -> set[str]:
    return {each.relative_to(folder).as_posix() for each in folder.rglob("*")}


@pytest.fixture
def deep(tmp_path: Path) -> Path:
    """A folder in which somebody works; whatever is written above it has escaped."""
    folder = tmp_path / "one" / "two" / "three"
    for each in (folder, folder / "evidence-..", folder / "evidence-a"):
        each.mkdir(parents=True)
    call("--home", "W", "init", cwd=folder).done()
    return folder


def book(folder: Path, client_no: str, policy_no: str = "K1") -> None:
    with (folder / "book.csv").open("w", encoding="utf-8", newline="") as file:
        row = [policy_no, "2026-04-11", "1200", client_no, "Ilse Brandt", "A1", "+12125550101"]
        csv.writer(file).writerows([HEADER, row])


@pytest.mark.parametrize("client_no", [*ELSEWHERE, "C1", "c1", "客户 1", "a:b*c?"], ids=ascii)
def test_what_is_written_of_a_client_stands_in_its_folder(deep: Path, client_no: str) -> None:
    """Letters to the client, and the evidence under the name that it gets by itself."""
    book(deep, client_no)
    before = everything(deep.parents[2])
    told = call("--home", "W", "book", "import", "book.csv", "--joined", DAY, cwd=deep)
    if told.code:  # a number that no book has
        assert "client_no" in told.err
        return
    call("--home", "W", "walk", "--on", DAY, cwd=deep).done()
    call("--home", "W", "dispatch", "--now", NOON, cwd=deep).done()
    call("--home", "W", "evidence", client_no, cwd=deep).done()
    made = everything(deep.parents[2]) - before
    here = "one/two/three/"
    outbox = [each for each in made if each.startswith(f"{here}W/")]
    (pack,) = made - set(outbox)
    assert outbox and all(each.startswith(f"{here}W/outbox") for each in outbox)
    assert pack.startswith(f"{here}evidence-") and "/" not in pack.removeprefix(here)


@pytest.mark.parametrize("name", [*ELSEWHERE, "", " ", "a\tb"], ids=ascii)
def test_a_plan_is_copied_into_its_folder_or_not_at_all(deep: Path, name: str) -> None:
    before = everything(deep.parents[2])
    for words in (("standard", "--as", name), (name,)):
        told = call("--home", "W", "plan", "copy", *words, cwd=deep, env=ENGLISH)
        if name or words[0] == "standard" and words[-1]:
            assert told.refused()
    assert everything(deep.parents[2]) - before <= {
        "one/two/three/W/plans",
        "one/two/three/W/plans/standard.toml",
    }


SETTINGS = [
    ("plan", "../ours", "no name of a file"),
    ("plan", "/etc/ours", "no name of a file"),
    ("plan", "a\\u0000b", "no name of a file"),
    ("database", "sqlite:///a\\u0000b.db", "without control characters"),
]


@pytest.mark.parametrize(("key", "value", "why"), SETTINGS)
def test_settings_name_a_file_in_its_folder(deep: Path, key: str, value: str, why: str) -> None:
    """Also where the database is on a server, which such a name is none of."""
    settings = deep / "W" / "servicing.toml"
    lines = settings.read_text("utf-8").splitlines()
    said = [f'{key} = "{value}"' if line.startswith(f"{key} =") else line for line in lines]
    settings.write_text("\n".join(said), "utf-8")
    assert why in call("--home", "W", "status", cwd=deep, env=ENGLISH).refused()


@pytest.mark.parametrize(
    "template", ["../month_1", "/etc/month_1", "a/b", "..", "x" * 250], ids=ascii
)
def test_a_plan_names_texts_of_its_folder_only(deep: Path, template: str) -> None:
    text = (plan.SHIPPED / "standard.toml").read_text("utf-8")
    (deep / "ours.toml").write_text(
        text.replace('template = "month_1"', f'template = "{template}"'), "utf-8"
    )
    told = call("--home", "W", "plan", "check", "ours.toml", cwd=deep, env=ENGLISH).refused()
    assert "template: " in told and "no name of a file" in told


def test_an_id_that_no_file_could_be_called_by_is_refused_with_the_plan(deep: Path) -> None:
    """A message of the outbox has it in its name; the channel would be stopped for it."""
    text = (plan.SHIPPED / "standard.toml").read_text("utf-8")
    for id_, is_good in (("m" * 200, True), ("m" * 201, False), ("险" * 67, False)):
        (deep / "ours.toml").write_text(text.replace('id = "month_1"', f'id = "{id_}"'), "utf-8")
        told = call("--home", "W", "plan", "check", "ours.toml", cwd=deep, env=ENGLISH)
        assert (told.code == 0) == is_good, told
        assert is_good or "the id is too long: 200 bytes at the most" in told.err


# ---------------------------------------------------------------------- refused rows of ledgers

MAP = """
[files.one]
file = "payments.csv"
kind = "premiums"
[files.other]
file = "other.csv"
kind = "premiums"
"""
REFUSED = "policy_no,due_date,amount\n{},2026-05-10,1\n"

BESIDE = [
    ("bad.csv", "payments.csv", ["bad.payments.2.csv", "bad.payments.csv"]),
    ("bad.csv", "PAYMENTS.csv", ["bad.PAYMENTS.2.csv", "bad.payments.csv"]),
    ("bad.csv", "payments.txt", ["bad.payments.2.csv", "bad.payments.csv"]),
    ("book.csv.csv", "three.csv", ["book.csv.payments.csv", "book.csv.three.csv"]),
]


@pytest.mark.parametrize(("rejects", "other", "expected"), BESIDE)
def test_two_ledgers_of_one_name_have_two_files_of_refused_rows(
    deep: Path, rejects: str, other: str, expected: list[str]
) -> None:
    book(deep, "C1")
    (deep / "map.toml").write_text(MAP, "utf-8")
    (deep / "elsewhere").mkdir()
    (deep / "payments.csv").write_text(REFUSED.format("K8"), "utf-8")
    (deep / "elsewhere" / other).write_text(REFUSED.format("K9"), "utf-8")
    words = ("--map", "map.toml", "--with", f"other=elsewhere/{other}", "--rejects", rejects)
    told = call("--home", "W", "book", "import", "book.csv", *words, cwd=deep, env=ENGLISH)
    assert told.code == 1 and "K8" in told.err and "K9" in told.err, told
    found = {each.name: each.read_text("utf-8-sig") for each in deep.glob("*.csv")}
    held = sorted(name for name in found if "reject_line" in found[name] and name != rejects)
    assert held == expected
    assert sorted("K9" in found[name] for name in held) == [False, True]


def test_refused_rows_do_not_take_the_place_of_the_file_itself(deep: Path) -> None:
    """The book is called as the refused rows of its ledger would be."""
    book(deep, "C1")
    (deep / "book.csv").rename(deep / "bad.payments.csv")
    (deep / "map.toml").write_text(MAP.partition("[files.other]")[0], "utf-8")
    (deep / "payments.csv").write_text(REFUSED.format("K8"), "utf-8")
    words = ("bad.payments.csv", "--map", "map.toml", "--rejects", "bad.csv")
    assert call("--home", "W", "book", "import", *words, cwd=deep).code == 1
    assert "Ilse Brandt" in (deep / "bad.payments.csv").read_text("utf-8")
    assert "K8" in (deep / "bad.payments.2.csv").read_text("utf-8-sig")
