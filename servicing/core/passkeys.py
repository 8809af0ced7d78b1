"""Passkeys (WebAuthn) as a second factor after the password.

A passkey signs for the host name that it was made for and for no other, so nobody is led to use it at a
false address. Each signature answers a challenge that is used once. A passkey that counts its
signatures and goes back has been copied: it opens nothing from then on.
"""

import contextlib
import datetime
import hashlib
import ipaddress
import logging
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import msgspec

from servicing.core import audit_log, errors
from servicing.core.account_models import User
from servicing.core.factor_models import Passkey

MOST = 10
"""Of an account."""

LONGEST_NAME = 60

LARGEST_ANSWER = 16 * 1024
"""Characters of what a browser hands over for a passkey."""

_USUAL_PORTS = {"https": 443, "http": 80}
"""What browsers leave out of an origin."""

WAITS_MILLISECONDS = 5 * 60 * 1000

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Party:
    """Who asks for a passkey: the host name, and the origin of the pages as browsers have it."""

    rp_id: str
    origin: str


@dataclass(frozen=True)
class Made:
    """A passkey that a browser has made, not kept yet; the columns of `Passkey`."""

    rp_id: str
    credential: str
    public_key: str
    sign_count: int


@dataclass(frozen=True)
class Signature:
    """A right answer of a passkey: what it has counted."""

    passkey: Passkey
    count: int


def party(address: str) -> Party | None:
    """Who asks, at an address of ours; None: browsers have no passkeys there.

    They want a name, not a number, and TLS unless it is this very machine.
    """
    try:
        parts = urlsplit(address)
        name, port = parts.hostname or "", parts.port
    except ValueError:  # whoever asks may have put anything into the request's `Host`
        return None
    is_local = name == "localhost" or name.endswith(".localhost")
    if not name or _is_a_number(name) or not (parts.scheme == "https" or is_local):
        return None
    at = "" if port in (None, _USUAL_PORTS.get(parts.scheme)) else f":{port}"
    return Party(name, f"{parts.scheme}://{name}{at}")


def _is_a_number(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def of(user: User, asked_by: Party | None = None) -> list[Passkey]:
    """The passkeys of this user, the oldest first; with `asked_by`, those that can answer there."""
    which = Passkey.user == user
    if asked_by is not None:
        which &= (Passkey.rp_id == asked_by.rp_id) & Passkey.doubted_at.is_null()
    return list(Passkey.select().where(which).order_by(Passkey.id))


def to_make(user: User, challenge: str, asked_by: Party, company: str) -> str:
    """What a browser is asked to make, as JSON."""
    import webauthn  # loaded where somebody has to do with a passkey
    from webauthn.helpers import structs

    wanted = structs.AuthenticatorSelectionCriteria(
        resident_key=structs.ResidentKeyRequirement.DISCOURAGED,
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    options = webauthn.generate_registration_options(
        rp_id=asked_by.rp_id,
        rp_name=company,
        user_id=_handle(user),
        user_name=user.login,
        user_display_name=user.name,
        challenge=webauthn.base64url_to_bytes(challenge),
        timeout=WAITS_MILLISECONDS,
        authenticator_selection=wanted,
        exclude_credentials=_descriptors(of(user)),
    )
    return webauthn.options_to_json(options)


def to_ask(user: User, challenge: str, asked_by: Party) -> str:
    """What a browser is asked to have signed, as JSON; empty where no passkey can answer."""
    keys = of(user, asked_by)
    if not keys:
        return ""
    import webauthn
    from webauthn.helpers import structs

    options = webauthn.generate_authentication_options(
        rp_id=asked_by.rp_id,
        challenge=webauthn.base64url_to_bytes(challenge),
        timeout=WAITS_MILLISECONDS,
        allow_credentials=_descriptors(keys),
        user_verification=structs.UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options)


def made(answer: str, challenge: str, asked_by: Party) -> Made:
    """The passkey that a browser has made for us; raises `BadFactor` for what is none."""
    import webauthn
    from webauthn.helpers import bytes_to_base64url

    with _refused():
        found = webauthn.verify_registration_response(
            credential=_read(answer),
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=asked_by.rp_id,
            expected_origin=asked_by.origin,
        )
    return Made(
        asked_by.rp_id,
        bytes_to_base64url(found.credential_id),
        bytes_to_base64url(found.credential_public_key),
        found.sign_count,
    )


def keep(user: User, name: str, new: Made, now: datetime.datetime) -> None:
    """It is theirs from now on; raises `BadFactor` for one that is known, or one too many."""
    if Passkey.select().where(Passkey.user == user).count() >= MOST:
        raise errors.BadFactor("too_many_passkeys", most=MOST)
    if Passkey.select().where(Passkey.credential == new.credential).exists():
        raise errors.BadFactor("passkey_refused")
    Passkey.create(
        user=user,
        name=named(name),
        rp_id=new.rp_id,
        credential=new.credential,
        public_key=new.public_key,
        sign_count=new.sign_count,
        made_at=now,
    )


def named(name: str) -> str:
    """A name as it is kept: short, and on one line."""
    plain = "".join(each for each in name if each.isprintable())
    return plain.strip()[:LONGEST_NAME]


def remove(user: User, number: int) -> int:
    """Remove one of theirs; answers with how many that were."""
    if not 0 < number < 1 << 63:
        return 0
    which = (Passkey.user == user) & (Passkey.id == number)
    return int(Passkey.delete().where(which).execute())


def matching(
    user: User, answer: str, challenge: str, asked_by: Party, now: datetime.datetime
) -> Signature | None:
    """The signature, if it is by a passkey of this user, for us, of this challenge.

    One of a passkey whose counter has gone back is none, and the passkey is doubted from then on.
    """
    found = _verified(user, answer, challenge, asked_by)
    if found is None:
        return None
    passkey = found.passkey
    if _has_gone_back(passkey.sign_count, found.count):
        log.warning("a passkey of user %d was copied: its counter has gone back", user.id)
        Passkey.update(doubted_at=now).where(Passkey.id == passkey.id).execute()
        audit_log.record("factor.doubted", now, of=user)
        return None
    return found


def _verified(user: User, answer: str, challenge: str, asked_by: Party) -> Signature | None:
    import webauthn

    try:
        with _refused():
            read = _read(answer)
            passkey = _named_in(read, user, asked_by)
            signed = webauthn.verify_authentication_response(
                credential=read,
                expected_challenge=webauthn.base64url_to_bytes(challenge),
                expected_rp_id=passkey.rp_id,
                expected_origin=asked_by.origin,
                credential_public_key=webauthn.base64url_to_bytes(passkey.public_key),
                credential_current_sign_count=0,  # ours to compare: a copy is not only refused
            )
    except errors.BadFactor:
        return None
    return Signature(passkey, signed.new_sign_count)


def take(signature: Signature, now: datetime.datetime) -> bool:
    """Use the signature; False: the passkey has signed again since, or is doubted or gone."""
    passkey = signature.passkey
    is_same = (Passkey.id == passkey.id) & (Passkey.sign_count == passkey.sign_count)
    used = Passkey.update(sign_count=signature.count, used_at=now)
    return bool(used.where(is_same & Passkey.doubted_at.is_null()).execute())


@contextlib.contextmanager
def _refused() -> Iterator[None]:
    """Whatever a stranger sends in place of an answer, it is refused as none."""
    try:
        yield
    except errors.BadFactor:
        raise
    except Exception as error:  # the library reads what it is sent, and says so in many ways
        log.info("an answer for a passkey was refused: %s", type(error).__name__)
        raise errors.BadFactor("passkey_refused") from None


def _has_gone_back(before: int, now: int) -> bool:
    """A passkey that counts has counted on; most of those in phones count nothing."""
    return bool(before or now) and now <= before


def _named_in(read: dict[str, Any], user: User, asked_by: Party) -> Passkey:
    ours = {each.credential: each for each in of(user, asked_by)}
    found = ours.get(str(read.get("id", "")))
    if found is None:
        raise errors.BadFactor("passkey_refused")
    return found


def _read(answer: str) -> dict[str, Any]:
    if len(answer) > LARGEST_ANSWER:
        raise ValueError("larger than any answer of a browser")
    return msgspec.json.decode(answer, type=dict[str, Any])


def _descriptors(keys: list[Passkey]) -> Any:
    import webauthn
    from webauthn.helpers import structs

    return [
        structs.PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(each.credential))
        for each in keys
    ]


def _handle(user: User) -> bytes:
    """What a passkey knows its account by: the same each time, and telling nothing of a person."""
    return hashlib.sha256(f"servicing {user.id} {user.made_at.isoformat()}".encode()).digest()
