"""The file of keys in a workspace, or the environment, held against the book that is open.

The book holds the fingerprint of the key that signs. So a machine whose keys are others, such as one
that serves a copy, is told so instead of sending links that no other machine can read.
"""

import contextlib
import datetime
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from policies import database, shredding, toml, whole
from policies.notices import of_system
from servicing.core import (
    accounts,
    audit_log,
    errors,
    factor_seals,
    keyed_digests,
    keys,
    second_factors,
    settings_file,
)
from servicing.core.keys import Key, Ring
from servicing.core.models import Secret, SigningKey

FILE = settings_file.KEYS_FILE
VARIABLE = settings_file.KEYS_VARIABLE
"""Of the environment: keys with blanks between, the newest first; they come before the file's."""

_HEAD = """\
# What signs the cookies of the pages and the links in messages. Whoever has it can make both.
# Keep it apart from the backups of the database, and off machines that serve a copy of the book.
# `servicing keys rotate` puts a new key first; docs/operations.md tells the rest.

"""
_TURN = "keys"
_OLD = "unsubscribe"
"""Under this name older versions kept a secret in the database."""


State = Literal["signs", "verifies", "expired", "foreign"]


@dataclass(frozen=True)
class KeyLine:
    """A key in a list; the secret itself is shown nowhere."""

    fingerprint: str
    state: State
    """foreign: the services of the open book sign with other keys."""
    retired_on: datetime.date | None
    links_until: datetime.date | None
    """The last day on which it verifies links; None: nobody has said when it was replaced."""


def opened(home: Path, said: str) -> Ring:
    """The keys to work with, made where there are none; `said`: those of the environment.

    Raises `BadKeys` where they are not those of the open book, `UnwritableFile`.
    """
    found = read(home, said)
    if found and _stored() == found.fingerprint and not _has_old():
        return found
    with database.exclusive(_TURN):
        found = read(home, said)  # another process may have renewed them in between
        if found is None and _stored():
            raise errors.BadKeys("keys_not_here", path=str(home / FILE), variable=VARIABLE)
        found = found or _made(home)
        _check(home, found)
        found = _with_old_erasures(home, _with_old_secret(home, found))
        if _stored() != found.fingerprint:
            factor_seals.renew(found, None)
        _store(found.fingerprint)
    _wipe()
    return found


def of_erasures(home: Path, said: str) -> str:
    """The key under which erased clients are recognised; made where nobody was erased before.

    Raises `BadKeys` where it is not the one of the open book, and what `opened` raises.
    """
    found = read(home, said)
    if found and found.erasures and _fits(found.erasures):
        return found.erasures
    with database.exclusive(_TURN):
        found = opened(home, said)
        known = _value(keyed_digests.FINGERPRINT)
        if known and not (found.erasures and _fits(found.erasures)):
            path = str(home / FILE)
            raise errors.BadKeys("erasures_not_here", path=path, variable=VARIABLE)
        if not found.erasures:
            found = found.with_erasures(keys.fresh_secret())
            _write(home, keys.Stored(_file(home).keys, found.erasures))
        _keep(keyed_digests.FINGERPRINT, _print_of(found.erasures))
    return found.erasures


def _fits(secret: str) -> bool:
    return _value(keyed_digests.FINGERPRINT) == _print_of(secret)


def _print_of(secret: str) -> str:
    """What may be stored of it; a digest that plain commands need no library for."""
    return hashlib.sha256(f"servicing erasures {secret}".encode()).hexdigest()[:16]


def _check(home: Path, found: Ring) -> None:
    if not _is_of_the_book(found):
        raise errors.BadKeys("keys_do_not_fit", path=str(home / FILE), variable=VARIABLE)


def _is_of_the_book(found: Ring) -> bool:
    """Whether services of the open book may sign with these: one of them did, or none has yet."""
    return not _stored() or found.knows(_stored())


def rotate(home: Path, said: str, now: datetime.datetime, on: datetime.date, forget: bool) -> Ring:
    """Sign with a new key from now on; every session ends.

    `forget`: the keys before verify nothing any more, and calendar addresses end as well: for keys
    that are lost, or known to others. Raises `BadKeys` where the keys here are not the book's, or
    where they stand in the environment and no new one is among them.
    """
    with database.exclusive(_TURN):
        before = _until_now(home, said)
        found = _announced(home, said, forget) if said else _renewed(home, on, forget)
        factor_seals.renew(found, before)
        _drop(_OLD)
        _store(found.fingerprint)
        accounts.shut_everybody_out(now, calendars=forget)
        audit_log.record("keys.rotated", now, forgotten=forget)
    return found


def _until_now(home: Path, said: str) -> Ring | None:
    """The keys that are here, of use or not: what was sealed with them is sealed anew."""
    with contextlib.suppress(errors.ServicingError):  # what cannot be used is replaced
        return read(home, said)
    return None


def _renewed(home: Path, on: datetime.date, forget: bool) -> Ring:
    if not forget and read(home) is None and not _stored():
        return opened(home, "")  # the first one is new
    found = _all_new(home) if forget else opened(home, "").renewed(on)
    _write(home, keys.Stored(found.keys, found.erasures))
    return found


def _all_new(home: Path) -> Ring:
    return Ring((keys.fresh(),), _still_of_use(home, ""))


def _still_of_use(home: Path, said: str) -> str:
    """The key of erasures, which outlives those that are forgotten; a new one where it is lost.

    Nobody could make the digests anew: those of before recognise nobody any more.
    """
    here = _file(home).erasures or (keys.of_words(said, VARIABLE).erasures if said else "")
    old, known = _value(keyed_digests.OF_BEFORE), _value(keyed_digests.FINGERPRINT)
    _drop(keyed_digests.OF_BEFORE)
    if old and not known:
        _keep(keyed_digests.FINGERPRINT, _print_of(old))
        return old
    if known and not (here and _fits(here)):
        _drop(keyed_digests.FINGERPRINT)
        return keys.fresh_secret()
    return here or keys.fresh_secret()


def _announced(home: Path, said: str, forget: bool) -> Ring:
    """The environment's: a person puts the new key first there, and takes out what is to be forgotten."""
    if forget:
        found = keys.of_words(said, VARIABLE)
        if len(found.keys) > 1:  # what stands there is not forgotten
            raise errors.BadKeys("keys_several", variable=VARIABLE)
        kept = _still_of_use(home, said)
        _write(home, keys.Stored((), kept))
        return found.with_erasures(kept)
    if keys.of_words(said, VARIABLE).fingerprint == _stored():
        raise errors.BadKeys("keys_in_environment", variable=VARIABLE)
    return opened(home, said)


def empty_the_book(home: Path, said: str) -> None:
    """Move out the secrets of an older version, where keys can be made or used here."""
    if _has_old():
        with contextlib.suppress(errors.BadKeys):
            opened(home, said)


def vouching(home: Path, said: str) -> bytes | None:
    """What signs a backup; None: the keys of the open book are not here. Raises `UnwritableFile`.

    It waits for nobody who writes: who signs next finds the key that is made here.
    """
    found = read(home, said) or (None if _stored() else _made(home))
    return found.backup_keys[0] if found and _is_of_the_book(found) else None


def vouched(home: Path, said: str) -> tuple[bytes, ...]:
    """What tells the backups of this workspace; nothing where it has no keys yet."""
    found = read(home, said)
    return found.backup_keys if found else ()


def leave_the_origin(now: datetime.datetime) -> None:
    """A restored book shares nothing with the one it is a copy of, but for the keys that are here.

    No session, no calendar address and no recovery code of the copy opens anything, and whatever keys
    this workspace has become the book's: those of before where it is restored in its place, others
    elsewhere.
    """
    with database.exclusive(_TURN):
        SigningKey.delete().execute()
        _drop(_OLD)
        accounts.shut_everybody_out(now, calendars=True)
        second_factors.leave_the_origin(now)


def lines(home: Path, said: str, on: datetime.date) -> list[KeyLine]:
    """The keys that are here, the newest first."""
    found = read(home, said)
    if found is None:
        return []
    is_ours = _is_of_the_book(found)
    return [_line(each, each is found.keys[0], is_ours, on) for each in found.keys]


def _line(key: Key, is_newest: bool, is_ours: bool, on: datetime.date) -> KeyLine:
    until = keys.last_day(key)
    state: State = "signs" if is_newest else "verifies"
    if until and until < on:
        state = "expired"
    return KeyLine(key.fingerprint, state if is_ours else "foreign", key.retired_on, until)


# --------------------------------------------------------------------------------------- the file


def read(home: Path, said: str = "") -> Ring | None:
    """The keys that are here, whatever the book says of them; raises `BadKeys` for unusable ones."""
    stored = _file(home)
    if said:
        ring = keys.of_words(said, VARIABLE)
        others = tuple(each for each in stored.keys if each.secret not in said.split())
        return Ring(ring.keys + others, ring.erasures or stored.erasures)
    if stored.keys and (stored.keys[0].links_only or stored.keys[0].retired_on):
        raise errors.BadKeys("keys_first_is_old", path=str(home / FILE))
    return Ring(stored.keys, stored.erasures) if stored.keys else None


def _file(home: Path) -> keys.Stored:
    path = home / FILE
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return keys.Stored()
    except OSError as error:
        raise errors.UnreadableFile(path, of_system(error)) from None
    if os.name == "posix" and mode & (stat.S_IROTH | stat.S_IWOTH):
        raise errors.BadKeys("keys_open_to_others", path=str(path))
    found = toml.read(path)
    if "erasures" in found:
        return toml.convert(found, keys.Stored, str(path))
    return keys.Stored(toml.convert(found, Ring, str(path)).keys)


def _made(home: Path) -> Ring:
    """With that of erasures, so that a copy of the file has it before anybody is erased."""
    ring = Ring((keys.fresh(),), _file(home).erasures or keys.fresh_secret())
    _write(home, keys.Stored(ring.keys, ring.erasures))
    return ring


def _write(home: Path, stored: keys.Stored) -> None:
    """Put the keys in their place, whole, and readable by their owner alone at every moment."""
    import tomli_w  # once in a workspace's life, or at a rotation

    path = home / FILE
    text = _HEAD + tomli_w.dumps(msgspec.to_builtins(stored, builtin_types=(datetime.date,)))
    with whole.written(path) as draft, draft.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    _settle(home)


def _settle(folder: Path) -> None:
    """Wait until the file's name is on the disk: what it replaces in the database is deleted next."""
    if os.name == "posix":
        number = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(number)
        finally:
            os.close(number)


# --------------------------------------------------------------------------------------- the book


def _stored() -> str:
    found: SigningKey | None = SigningKey.get_or_none()
    return found.fingerprint if found else ""


def _store(fingerprint: str) -> None:
    if _stored() != fingerprint:
        SigningKey.delete().execute()
        SigningKey.insert(id=1, fingerprint=fingerprint).execute()


def _value(name: str) -> str:
    found: Secret | None = Secret.get_or_none(Secret.name == name)
    return found.value if found else ""


def _keep(name: str, value: str) -> None:
    if _value(name) != value:
        Secret.delete().where(Secret.name == name).execute()
        Secret.insert(name=name, value=value).execute()


def _has_old() -> bool:
    return Secret.select().where(Secret.name.in_((_OLD, keyed_digests.OF_BEFORE))).exists()


def _with_old_secret(home: Path, found: Ring) -> Ring:
    """Move what older versions kept in the database: links that were sent go on working."""
    old = _value(_OLD)
    if not old:
        return found
    kept = _file(home)
    if all(each.secret != old for each in kept.keys):
        links = Key(old, links_only=True)
        _write(home, keys.Stored(kept.keys + (links,), kept.erasures))
    _drop(_OLD)
    return found.with_links_of(old)


def _with_old_erasures(home: Path, found: Ring) -> Ring:
    """Move that of erasures: digests that were made go on being recognised.

    One that has made digests since then comes before it.
    """
    old = _value(keyed_digests.OF_BEFORE)
    if not old:
        return found
    if not _value(keyed_digests.FINGERPRINT):
        found = found.with_erasures(old)
        _write(home, keys.Stored(_file(home).keys, old))
        _keep(keyed_digests.FINGERPRINT, _print_of(old))
    _drop(keyed_digests.OF_BEFORE)
    return found


def _drop(name: str) -> None:
    """Delete it with its bytes, which SQLite would leave in the file and in its copies."""
    with shredding.without_traces():
        Secret.delete().where(Secret.name == name).execute()


def _wipe() -> None:
    """What was deleted is overwritten in the file of SQLite as well, and not only in its log."""
    if not database.database.in_transaction():
        shredding.empty_log()
