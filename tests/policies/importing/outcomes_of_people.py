"""Files that read well and make no sense, or contradict themselves, and what becomes of each."""

from collections.abc import Iterator, Mapping

from tests.policies.importing.outcomes import Case, NoFile, Refused, Taken, text

Outcome = Taken | Refused | NoFile

SENSE: list[tuple[str, list[Mapping[str, object]], Outcome, str]] = [
    (
        "ended-ahead",
        [{"status": "surrendered", "ended_on": "2047-03-09"}],
        Taken({"status": "surrendered"}, {"ended_ahead": (2,)}),
        "US",
    ),
    (
        "in-force-past-end",
        [{"status": "in_force", "ended_on": "2025-12-31"}, {}],
        Taken({"status": ["in_force", "in_force"]}, {"in_force_past_end": (2,)}),
        "US",
    ),
    (
        "ended-without-date",
        [{"status": "surrendered"}],
        Taken({"status": "surrendered"}, {"ended_without_date": (2,)}),
        "US",
    ),
    (
        "end-is-maturity",
        [{"status": "in_force", "ended_on": "2045-03-10"}] * 2,
        Taken({"status": ["in_force"] * 2}, {"end_is_maturity": (2, 3)}),
        "US",
    ),
    ("end-before-issue", [{"ended_on": "2025-03-09"}], Refused(2, "ended_on", "on or after"), "US"),
    ("status-unknown", [{"status": "Active"}], Refused(2, "status", "in_force"), "US"),
    ("consent-unknown", [{"marketing_consent": "y"}], Refused(2, "marketing_consent", "yes"), "US"),
    (
        "two-addresses",
        [{"email": "nora@mail.example; otto@mail.example"}],
        Taken({"policy_no": "K1"}, {"several_addresses": (2,)}),
        "US",
    ),
    (
        "address-in-brackets",
        [{"email": "mailto:nora@mail.example;"}],
        Taken({"email": "nora@mail.example"}),
        "US",
    ),
    (
        "landline",
        [{"phone": "+44 20 7946 0123"}],
        Taken({"phone": "+442079460123"}, {"number_takes_no_sms": (2,)}),
        "GB",
    ),
    ("400", [{"phone": "400 000 0000"}], Taken({}, {"number_takes_no_sms": (2,)}), "CN"),
    ("no-phone", [{"phone": "12"}], Taken({"phone": ""}, {"unusable_phones": (2,)}), "US"),
    ("phone", [{"phone": "(212) 555-0143"}], Taken({"phone": "+12125550143"}), "US"),
    ("mobile-of-home", [{"phone": "138 1234 5678"}], Taken({"phone": "+8613812345678"}), "CN"),
    ("number-too-long", [{"policy_no": "K" * 65}], Refused(2, "policy_no", "64"), "US"),
    ("line-break", [{"client_name": "Ilse\nBrandt"}], Refused(2, "client_name", "control"), "US"),
    ("formula", [{"client_name": "=1+1"}], Taken({"client_name": "=1+1"}), "US"),
    ("wide-formula", [{"client_name": "＝1+1"}], Taken({"client_name": "＝1+1"}), "US"),
]

SAME = {"client_no": "C1"}
CONFLICTS: list[tuple[str, list[Mapping[str, object]], Outcome]] = [
    (
        "two-names",
        [SAME, {**SAME, "client_name": "Otto Vogt"}],
        Taken({"client_name": ["Ilse Brandt"] * 2}, {"client_described_twice": (3,)}),
    ),
    (
        "two-birthdays",
        [{**SAME, "birthday": "1980-05-01"}, {**SAME, "birthday": "1990-05-01"}],
        Refused(3, "client_no", "line 2 has another birthday"),
    ),
    *(
        (
            f"consent-{first}-{other}",
            [{**SAME, "marketing_consent": first}, {**SAME, "marketing_consent": other}],
            Taken({"marketing_consent": [False] * 2}, {"consent_contradicts": (3,)}),
        )
        for first, other in (("yes", "no"), ("no", "yes"))
    ),
    (
        "channel",
        [{**SAME, "channel": "sms"}, {**SAME, "channel": "none"}],
        Taken({"policy_no": ["K1", "K2"]}, {"channel_contradicts": (3,)}),
    ),
    ("policy-twice", [{}, {"policy_no": "K1"}], Refused(3, "policy_no", "more than once")),
    ("invisible", [{}, {"policy_no": "K\u200b1"}], Refused(3, "policy_no", "U+200B")),
    ("wide", [{}, {"client_no": "Ｃ１"}], Refused(3, "client_no", "width")),
    (
        "unseen-alone",
        [{}, {"policy_no": "K\u200b2"}],
        Taken({"policy_no": ["K1", "K\u200b2"]}, {"numbers_with_unseen": (3,)}),
    ),
    (
        "small-letter",
        [{}, {"client_no": "c1"}],
        Taken({"client_no": ["C1", "c1"]}, {"numbers_differ_in_case": (3,)}),
    ),
    (
        "two-agents",
        [{"agent_name": "Mia"}, {"agent_name": "Max"}],
        Taken({"agent_no": ["A1", "A1"]}, {"agent_described_twice": (3,)}),
    ),
]


LEDGER = "policy_no,due_date,amount,paid_on\n"
LEDGERS: list[tuple[str, str, Outcome]] = [
    ("ambiguous", "K1,2026-03-10,2.500,\n", Refused(2, "amount", "2,500.00 or 2.50?")),
    ("error", "K1,2026-03-10,#N/A,\n", Refused(2, "amount", "could not calculate")),
    ("day-first", "K1,10/03/2026,1200,\n", Refused(2, "due_date", "expected")),
    ("paid-ahead", "K1,2026-03-10,1200,2062-03-10\n", Refused(2, "paid_on", "a day not after")),
    ("rounded", "1.2E+15,2026-03-10,1200,\n", Refused(2, "policy_no", "has rounded")),
    ("of-nobody", "K1,2026-03-10,1200,\n", Refused(2, "policy_no", "no policy of this number")),
    ("broken", "K1,2026-03-10,1200,Zo\n", Refused(2, "paid_on", "expected")),
]


def _cases() -> Iterator[Case]:
    for name, row, outcome in LEDGERS:
        yield Case("ledger", name, (LEDGER + row).encode(), outcome, of="premiums")
    nobody = b"client_no,phone\nC1,+12125550143\n"
    yield Case("clients", "of-nobody", nobody, Refused(2, "client_no", "client"), of="clients")
    agents = b"agent_no,agent_name\nA\x1b1,Mia\n"
    yield Case("agents", "control", agents, Refused(2, "agent_no", "control"), of="agents")
    for name, rows, outcome, country in SENSE:
        yield Case("sense", name, text(*rows).encode(), outcome, country=country)
    for name, rows, outcome in CONFLICTS:
        yield Case("conflict", name, text(*rows).encode(), outcome)


CASES = list(_cases())
