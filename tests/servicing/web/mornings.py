"""An agent's morning with much to do: so many clients to call, one task each, of every kind."""

from policies.models import Client
from servicing.operations.workspace import Workspace
from tests import cast

CALLS = 30

ISSUED = ("2026-05-29", "2026-05-01", "2026-02-01", "2025-11-01", "2025-08-01", "2024-12-01")
"""On 1 June 2026: delivery, the care calls of the first year, a visit. A seventh owes a premium."""

NAMES = ("吴思妍", "沈少明", "欧阳慧霞", "蒋俊峰", "熊雪", "Katherine Winterbourne-Hartley")
PRODUCTS = ("康佑重疾险", "医享保长期医疗险", "金满年年年金险", "Lifelong Protection Plus (2024)")


def many_calls(space: Workspace) -> None:
    """Chen Yan has thirty clients to call on 1 June 2026, and Lin Wei is none of them."""
    for number in range(CALLS):
        _client_to_call(number)
    cast.walk_only("2026-06-01", space)


def _client_to_call(number: int) -> None:
    """With names and numbers as long as those of a company's book."""
    issued = [*ISSUED, "2019-05-17"][number % (len(ISSUED) + 1)]
    client = Client.create(
        client_no=f"C{number:09}",
        name=NAMES[number % len(NAMES)],
        phone=f"+120255501{number:02}",
    )
    product = PRODUCTS[number % len(PRODUCTS)]
    policy = cast.give_policy(client, f"P{number:010}", issued, product=product)
    if issued == "2019-05-17":
        cast.give_premium(policy, "2026-05-17")
