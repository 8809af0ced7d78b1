"""Centres of influence from the command line: a client's tree, the largest trees, and circles."""

from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from tests.acceptance.frontdoor import COLUMNS, DAY, Answer, call, width

Row = tuple[str, str, str]
"""A client's number, who referred him, and his premiums, such as `1954` or `30,USD`: a policy each."""

EXAMPLE = [
    ("C001", "", "1954"),
    ("C002", "C001", "20000 25000 30000 16000 25000"),
    ("C003", "C001", "10670"),
    ("C004", "C001", "2868"),
    ("C005", "C001", "20000 27000 20000 20000 20000 20000"),
    ("C006", "C001", "1815"),
    ("C007", "C001", "25000 26000 26000 26000 26000"),
]
"""The tree of domain.md §8.10."""

WHOLE = {"policies": 20, "annual_premium": 389307, "by_currency": {"CNY": 389307}}

Office = Callable[[Sequence[Row]], Path]


@pytest.fixture
def office_of(tmp_path: Path) -> Office:
    """Makes a workspace whose book has these clients."""

    def make(rows: Sequence[Row]) -> Path:
        head = "policy_no,issue_date,client_no,client_name,agent_no,referred_by,annual_premium,currency"
        lines = [
            f"P{client_no}-{number},2025-08-31,{client_no},林{client_no},A001,{by},"
            + (premium if "," in premium else f"{premium},")
            for client_no, by, premiums in rows
            for number, premium in enumerate(premiums.split(), 1)
        ]
        (tmp_path / "book.csv").write_text("\n".join([head, *lines, ""]), "utf-8")
        call("init", cwd=tmp_path).done()
        call("book", "import", "book.csv", "--joined", DAY, cwd=tmp_path).done()
        return tmp_path

    return make


@pytest.fixture
def example(office_of: Office) -> Path:
    return office_of(EXAMPLE)


def influence(office: Path, *words: object, locale: str = "en") -> Answer:
    return call("influence", *words, cwd=office, env={"SERVICING_SERVICING_LOCALE": locale})


# --------------------------------------------------------------------------------- a client's tree


def test_the_example_of_the_domain_comes_out_exactly(example: Path) -> None:
    told = influence(example, "C001", "--format", "json").done()
    assert told.err == ""
    document = told.document()
    persons = document.pop("persons")
    assert document == {"client_no": "C001", "name": "林C001", "people": 7, **WHOLE, "circle": []}
    assert persons[0] == {
        **{"client_no": "C001", "name": "林C001", "depth": 0, "referred_by": ""},
        **{"policies": 1, "annual_premium": 1954, "by_currency": {"CNY": 1954}},
    }
    assert [(each["policies"], each["annual_premium"]) for each in persons[1:]] == [
        *[(5, 116_000), (1, 10_670), (1, 2_868), (6, 127_000), (1, 1_815), (5, 129_000)]
    ]
    assert {(each["depth"], each["referred_by"]) for each in persons[1:]} == {(1, "C001")}


@pytest.mark.parametrize(
    ("locale", "first", "below", "last"),
    [
        (
            *("en", "林C001  C001  policies: 1, premium: 1,954 CNY"),
            "├── 林C002  C002  policies: 5, premium: 116,000 CNY",
            "the whole tree: people: 7, policies: 20, annual premium: 389,307 CNY",
        ),
        (
            *("zh_CN", "林C001  C001  1 张保单，年缴 1,954 CNY"),
            "├── 林C002  C002  5 张保单，年缴 116,000 CNY",
            "整棵树：7 人，20 张保单，年缴保费 389,307 CNY",
        ),
    ],
)
def test_a_terminal_shows_the_tree_and_its_total_last(
    example: Path, locale: str, first: str, below: str, last: str
) -> None:
    told = influence(example, "C001", locale=locale).done()
    assert told.err == ""
    lines = [line.rstrip() for line in told.lines()]
    assert (lines[0], lines[1], lines[-1]) == (first, below, last)
    assert len(lines) == 8
    assert max(map(width, lines)) <= COLUMNS


def test_csv_has_a_row_for_each_person(example: Path) -> None:
    rows = influence(example, "C001", "--format", "csv").done().table()
    assert [row["client_no"] for row in rows] == [number for number, *_ in EXAMPLE]
    assert rows[1] == {
        **{"client_no": "C002", "name": "林C002", "depth": "1", "referred_by": "C001"},
        **{"policies": "5", "annual_premium": "116000", "by_currency": '{"CNY": 116000}'},
    }


def test_a_client_who_referred_nobody_is_a_tree_of_one(example: Path) -> None:
    document = influence(example, "C003", "--format", "json").done().document()
    assert (document["people"], document["annual_premium"]) == (1, 10_670)
    assert len(influence(example, "C003").done().lines()) == 2


def test_the_day_decides_which_policies_count(example: Path) -> None:
    for day, policies in (("2025-08-30", 0), ("2025-08-31", 20)):
        told = influence(example, "C001", "--on", day, "--format", "json").done().document()
        assert (told["people"], told["policies"]) == (7, policies)


def test_premiums_keep_their_cents(office_of: Office) -> None:
    office = office_of([("C001", "", "0.10 0.20"), ("C002", "C001", "9999999999.99")])
    told = influence(office, "C001", "--format", "json").done()
    assert '"annual_premium": 10000000000.29,' in told.out
    assert '"annual_premium": 0.3,' in told.out
    assert "10,000,000,000.29 CNY" in influence(office, "C001").done().lines()[-1]


def test_amounts_of_different_currencies_stand_side_by_side(office_of: Office) -> None:
    office = office_of([("C001", "", "100 30,USD"), ("C002", "C001", "20.5,CNY")])
    told = influence(office, "C001", "--format", "json").done().document()
    assert told["annual_premium"] is None
    assert told["by_currency"] == {"CNY": 120.5, "USD": 30}
    assert told["persons"][1]["annual_premium"] == 20.5
    assert influence(office, "C001").done().lines()[-1].endswith(": 120.50 CNY + 30 USD")
    (row,) = influence(office, "--top", "1", "--format", "csv").done().table()
    assert (row["annual_premium"], row["by_currency"]) == ("", '{"CNY": 120.5, "USD": 30}')


def test_a_deep_tree_is_shown_as_far_as_fits_and_json_has_all_of_it(office_of: Office) -> None:
    office = office_of([(f"D{n:03}", f"D{n - 1:03}" if n else "", "10") for n in range(1200)])
    lines = influence(office, "D000").done().lines()
    assert lines[-3].strip() == "└── … further down: 1,191 more"
    assert lines[-2].startswith("people not shown: 1,191 ")
    assert len(lines) == 12
    told = influence(office, "D000", "--format", "json").done().document()
    assert [each["depth"] for each in told["persons"]] == list(range(1200))


def test_a_broad_tree_is_shown_as_far_as_fits(office_of: Office) -> None:
    office = office_of([("C000", "", "10"), *((f"C{n}", "C000", "10") for n in range(1, 151))])
    lines = influence(office, "C000").done().lines()
    assert len(lines) == 102
    assert lines[-2].startswith("people not shown: 51 ")


# ----------------------------------------------------------------------------------- the largest


def test_the_largest_trees_come_first(office_of: Office) -> None:
    small = [("B001", "X404", "100.50"), ("B002", "B001", "1"), ("B003", "", "999999")]
    office = office_of([*small, *EXAMPLE])
    told = influence(office, "--top", "20", "--format", "json").done()
    assert told.document() == {
        "centres": [
            {"client_no": "C001", "name": "林C001", "people": 7, **WHOLE},
            {
                **{"client_no": "B001", "name": "林B001", "people": 2, "policies": 2},
                **{"annual_premium": 101.5, "by_currency": {"CNY": 101.5}},
            },
        ],
        "circles": [],
    }
    rows = influence(office, "--top", "1", "--format", "csv").done().table()
    assert [(row["client_no"], row["annual_premium"]) for row in rows] == [("C001", "389307")]
    heading, _, *lines = influence(office, "--top", "20").done().lines()
    assert heading.split() == ["client", "no.", "client", "people", "policies", "annual", "premium"]
    assert [line.split() for line in lines] == [
        ["C001", "林C001", "7", "20", "389,307", "CNY"],
        ["B001", "林B001", "2", "2", "101.50", "CNY"],
    ]


# ---------------------------------------------------------------------------------------- circles

ROUND = [("C001", "C003", "100"), ("C002", "C001", "100"), ("C003", "C002", "100")]


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_a_circle_is_said_on_standard_error_and_everybody_counts_once(
    office_of: Office, form: str
) -> None:
    told = influence(office_of(ROUND), "C002", "--format", form).done()
    assert told.err == "Warning: referrals go round in a circle: C001 → C002 → C003 → C001\n"
    if form == "json":
        found = told.document()
        assert found["circle"] == ["C001", "C002", "C003"]
        assert (found["people"], found["annual_premium"]) == (3, 300)
        assert [each["client_no"] for each in found["persons"]] == ["C002", "C003", "C001"]


def test_the_circles_of_a_book_stand_beside_its_centres(office_of: Office) -> None:
    alone = [(f"S{number:02}", f"S{number:02}", "1") for number in range(20)]
    told = influence(office_of([*ROUND, *alone]), "--top", "5", "--format", "json").done()
    circles = [["C001", "C002", "C003"], *([number] for number, *_ in alone)]
    assert told.document() == {"centres": [], "circles": circles}
    warnings = told.err.splitlines()
    assert warnings[1] == "Warning: referrals go round in a circle: S00 → S00"
    assert warnings[-1] == "Warning: circles of referrals besides these: 11"
    assert len(warnings) == 11


def test_a_long_circle_is_named_in_part(office_of: Office) -> None:
    rows = [(f"D{n:03}", f"D{(n - 1) % 500:03}", "1") for n in range(500)]
    told = influence(office_of(rows), "D250", "--format", "json").done()
    assert told.err.endswith("D008 → D009 → … (500 clients)\n")
    assert len(told.document()["circle"]) == 500


# ------------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize("form", ["table", "json", "csv"])
def test_an_unknown_client_is_one_sentence(example: Path, form: str) -> None:
    told = influence(example, "C404", "--format", form)
    assert told.refused() == "no client 'C404' in this book"
    assert told.out == ""


@pytest.mark.parametrize(
    "words",
    [(), ("C001", "--top", "5"), ("--top", "0"), ("--top", "many"), ("C001", "--on", "2026-02-30")],
)
def test_what_cannot_be_meant_is_a_usage_error(example: Path, words: tuple[str, ...]) -> None:
    assert influence(example, *words).refused(code=2)
