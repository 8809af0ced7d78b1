"""Clients have a tier, as a night has left it."""

from policies.models import Client
from servicing.core.tier_models import TierStanding


def give_tier(client: Client, tier: str, *, points: str = "20", **facts: object) -> TierStanding:
    """The client has this tier from now on."""
    TierStanding.delete().where(TierStanding.client_id == client.id).execute()
    known = {"tier": tier, "by_points": tier, "points": points, "scored": "{}"}
    return TierStanding.create(client_id=client.id, **{**known, **facts})
