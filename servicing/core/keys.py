"""The keys of a workspace: what signs the cookies of the pages and the links in messages.

They stand in a file of the workspace or in the environment, never in the database, which is copied to
backups and to staging. The newest signs. Those before it go on verifying links, since a mail is kept
for long, and sign nothing. Each purpose has a key of its own, derived from the secret.
"""

import datetime
import functools
import secrets
from typing import Annotated

import msgspec
from msgspec import Meta

from servicing.core import errors

LINKS_LIVE = datetime.timedelta(days=1096)
"""So long after its key was replaced a link in a message still works: three years."""

Text = Annotated[str, Meta(min_length=32, max_length=256)]


class Key(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """One secret, and since when it signs nothing any more."""

    secret: Text
    retired_on: datetime.date | None = None
    """When it was replaced; None: it was not, or nobody has said when."""
    links_only: bool = False
    """The secret of a database from before keys were files: it signed links as it is."""

    @property
    def fingerprint(self) -> str:
        """What may be shown, and stored beside the book; the secret cannot be told from it."""
        return derived(self.secret, "fingerprint")[:16]


TextOrNone = Annotated[str, Meta(pattern=r"^(.{32,256})?$")]
"""A secret, or none."""


class Ring(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """All keys of a workspace, the newest first."""

    keys: Annotated[tuple[Key, ...], Meta(min_length=1)]
    erasures: TextOrNone = ""
    """Under which who was erased is recognised. Never renewed: nobody could make the digests anew."""

    @property
    def session_key(self) -> str:
        """What signs the cookies of the pages."""
        return derived(self.keys[0].secret, "session")

    @property
    def guess_key(self) -> str:
        """Under what logins and addresses are counted that guess passwords."""
        return derived(self.keys[0].secret, "guess")

    @property
    def form_key(self) -> bytes:
        """What encrypts a form on its way through the login page: 32 bytes."""
        return bytes.fromhex(derived(self.keys[0].secret, "form"))

    @property
    def factor_keys(self) -> tuple[bytes, ...]:
        """What encrypts the secrets of second factors: 32 bytes each; the first encrypts."""
        ours = (each for each in self.keys if not each.links_only)
        return tuple(bytes.fromhex(derived(each.secret, "factor")) for each in ours)

    @property
    def login_key(self) -> bytes:
        """What encrypts a login on its way to a provider and back: 32 bytes."""
        return bytes.fromhex(derived(self.keys[0].secret, "login"))

    @property
    def backup_keys(self) -> tuple[bytes, ...]:
        """What signs backups: 32 bytes each; the first signs, the others tell those of before."""
        ours = (each for each in self.keys if not each.links_only)
        return tuple(bytes.fromhex(derived(each.secret, "backup")) for each in ours)

    @property
    def link_key(self) -> str:
        """What signs the links in messages."""
        return _link_key(self.keys[0])

    def link_keys(self, on: datetime.date) -> tuple[str, ...]:
        """What verifies links on a day; the last is the one that signs."""
        return tuple(_link_key(each) for each in reversed(self.keys) if _verifies(each, on))

    @property
    def callback_key(self) -> str:
        """What signs the links by which clients answer to a call-back."""
        return derived(self.keys[0].secret, "callback")

    def callback_keys(self, on: datetime.date) -> tuple[str, ...]:
        """What verifies these on a day; the last is the one that signs."""
        return self._verifying("callback", on)

    @property
    def survey_key(self) -> str:
        """What signs the links by which clients answer a survey."""
        return derived(self.keys[0].secret, "survey")

    def survey_keys(self, on: datetime.date) -> tuple[str, ...]:
        """What verifies these on a day; the last is the one that signs."""
        return self._verifying("survey", on)

    def _verifying(self, purpose: str, on: datetime.date) -> tuple[str, ...]:
        ours = (each for each in reversed(self.keys) if not each.links_only and _verifies(each, on))
        return tuple(derived(each.secret, purpose) for each in ours)

    @property
    def fingerprint(self) -> str:
        """Of the newest key."""
        return self.keys[0].fingerprint

    def knows(self, fingerprint: str) -> bool:
        """Whether one of the keys has it."""
        return any(each.fingerprint == fingerprint for each in self.keys if not each.links_only)

    def with_links_of(self, secret: str) -> "Ring":
        """The same ring, which verifies the links of an older database as well."""
        if any(each.secret == secret for each in self.keys):
            return self
        links = Key(secret, links_only=True)
        return msgspec.structs.replace(self, keys=self.keys + (links,))

    def with_erasures(self, secret: str) -> "Ring":
        """The same ring, which recognises by this key who was erased."""
        return msgspec.structs.replace(self, erasures=secret)

    def renewed(self, on: datetime.date) -> "Ring":
        """With a new key before the others, but for those that verify nothing any more."""
        older = (
            msgspec.structs.replace(each, retired_on=each.retired_on or on) for each in self.keys
        )
        newest_first = (fresh(),) + tuple(each for each in older if _verifies(each, on))
        return msgspec.structs.replace(self, keys=newest_first)


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What stands in the file: all keys, or those that the environment does not have."""

    keys: tuple[Key, ...] = ()
    erasures: TextOrNone = ""


def fresh() -> Key:
    """A new key."""
    return Key(fresh_secret())


def fresh_secret() -> str:
    """What nobody can guess."""
    return secrets.token_urlsafe(32)


OF_ERASURES = "erasures="
"""How the word of the environment begins under which who was erased is recognised."""


def of_words(text: str, where: str) -> Ring:
    """The keys in a text, with blanks between; raises `BadKeys` for one that is too short."""
    words = text.split()
    ours = [{"secret": each} for each in words if not each.startswith(OF_ERASURES)]
    others = [each.removeprefix(OF_ERASURES) for each in words if each.startswith(OF_ERASURES)]
    try:
        return msgspec.convert({"keys": ours, "erasures": "".join(others[:1])}, Ring)
    except msgspec.ValidationError:
        raise errors.BadKeys("keys_too_short", where=where, shortest=32) from None


def last_day(key: Key) -> datetime.date | None:
    """On which it verifies links; None: nobody has said when it was replaced, if it was."""
    return key.retired_on + LINKS_LIVE if key.retired_on else None


def _verifies(key: Key, on: datetime.date) -> bool:
    until = last_day(key)
    return until is None or on <= until


def _link_key(key: Key) -> str:
    return key.secret if key.links_only else derived(key.secret, "link")


@functools.lru_cache(maxsize=64)
def derived(secret: str, purpose: str) -> str:
    """The key for one purpose; from it neither the secret nor another purpose's key can be told."""
    from cryptography.hazmat.primitives.hashes import SHA256  # loaded where something is signed
    from cryptography.hazmat.primitives.kdf.hkdf import HKDF

    hkdf = HKDF(SHA256(), length=32, salt=None, info=f"servicing {purpose}".encode())
    return hkdf.derive(secret.encode()).hex()
