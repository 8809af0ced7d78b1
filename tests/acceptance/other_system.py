"""The made-up export of another system, after the one that the mapping in examples/ was written for."""

import datetime
import random
from collections.abc import Iterator
from pathlib import Path

MAPPING = Path(__file__).parents[2] / "examples" / "us_tied_agent.toml"
HEADER = [
    *("Contract", "Issue Dt", "Term Dt", "Term Reason", "Mode", "Annual Prem", "Sex", "Age Band"),
    *("Smoker", "Insured ID", "Insured Name", "Mobile", "E-mail", "Writing Agent", "Agent Name"),
    *("Unit", "Office"),
]
LATEST = datetime.date(2008, 6, 30)
REASONS = {"Surrender": "surrendered", "Death": "claim", "Other": "terminated", "": "in_force"}
MODES = {"Annual": "annual", "Infra-annual": "monthly", "Other": "annual"}


def rows_of_export(policies: int) -> Iterator[dict[str, str]]:
    dice = random.Random(1995)
    for number in range(1, policies + 1):
        issued = datetime.date(1995, 1, 2) + datetime.timedelta(days=dice.randrange(4_500))
        ended = issued + datetime.timedelta(days=91 * dice.randrange(1, 50))
        reason = dice.choice([*REASONS, ""]) if ended < LATEST else ""
        premium = dice.randrange(1_000, 300_000) / 100 * (-1 if number % 45 == 7 else 1)
        agent, client = dice.randrange(1, 30), number // 2  # most clients have two policies
        yield dict(
            zip(
                HEADER,
                [
                    f"WL{number:07d}",
                    f"{issued:%m/%d/%Y}",
                    f"{ended:%m/%d/%Y}" if reason else "",
                    reason,
                    dice.choice(list(MODES)),
                    f"{premium:.2f}",
                    "MF"[client % 2],
                    dice.choice(["Young", "Middle", "Old"]),
                    dice.choice(["Smoker", "NonSmoker"]),
                    f"C{client:06d}",
                    f"Ada Wong {client}",
                    f"+1{202 + client % 2 * 3}55501{client % 100:02d}",
                    f"c{client:06d}@example.com",
                    f"A{agent:04d}",
                    f"Noa Khan {agent}",
                    f"Team {agent % 9:02d}",
                    f"Branch {agent % 5}",
                ],
                strict=True,
            )
        )
