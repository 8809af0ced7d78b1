"""Second factors of accounts, and the steps that are still to be taken, as they are stored."""

from typing import Any

import peewee

from policies.models import Numbered, UtcField
from servicing.core.account_models import User


class AuthenticatorApp(Numbered):
    """The app of an account that shows another code every thirty seconds (TOTP)."""

    user = peewee.ForeignKeyField(User, unique=True)
    user_id: int
    secret = peewee.TextField()
    """Sealed by a key that stands beside the database (`factor_seals`)."""
    last_step = peewee.BigIntegerField()
    """The time step of the last code that was accepted; none of it or of before is accepted again."""
    wrong = peewee.IntegerField(default=0)
    """Wrong codes since its owner has come in last."""
    made_at = UtcField()
    used_at = UtcField(null=True)

    class Meta:
        table_name = "authenticator_app"


class Passkey(Numbered):
    """A key of WebAuthn: of a phone, of a computer, or on a stick."""

    user = peewee.ForeignKeyField(User, backref="passkeys")
    user_id: int
    name = peewee.TextField()
    """As its owner calls it."""
    rp_id = peewee.TextField()
    """The host name that it was made for, and answers to."""
    credential = peewee.TextField(unique=True)
    """Its id, as base64url."""
    public_key = peewee.TextField()
    """As COSE has it, in base64url."""
    sign_count = peewee.BigIntegerField()
    """As it has counted its signatures; 0: it counts none."""
    made_at = UtcField()
    used_at = UtcField(null=True)
    doubted_at = UtcField(null=True)
    """Since when its counter has gone back, so that there are two of it; it opens nothing."""


class RecoveryCode(Numbered):
    """A code on paper, for whoever has lost the rest; it is used once."""

    user = peewee.ForeignKeyField(User)
    user_id: int
    mark = peewee.TextField()
    """Which of its owner's it is."""
    digest = peewee.TextField()
    """Of it and of whose it is."""
    made_at = UtcField()
    used_at = UtcField(null=True)

    class Meta:
        table_name = "recovery_code"


class SecondStep(Numbered):
    """Something that waits for a second factor, or for a new one to be tried, for some minutes."""

    digest = peewee.TextField(unique=True)
    """Of what the browser's cookie holds, which stands nowhere here."""
    user = peewee.ForeignKeyField(User)
    user_id: int
    purpose = peewee.TextField()
    session_key = peewee.TextField()
    """The account's when it began: whoever is shut out meanwhile does not go on."""
    secret = peewee.TextField()
    """Of an app that is to be set up, sealed."""
    challenge = peewee.TextField()
    """What a passkey has to sign, as base64url; it is signed once."""
    ends_at = UtcField()

    class Meta:
        table_name = "second_step"


def has_any(user: Any) -> Any:
    """The condition that a user has a second factor; `user`: the id, or the column with it."""
    kinds = (AuthenticatorApp, Passkey)
    app, passkey = (
        peewee.fn.EXISTS(each.select(each.id).where(each.user == user)) for each in kinds
    )
    return app | passkey
