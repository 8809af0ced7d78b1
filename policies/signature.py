"""A signature at the end of a file: who has written it, and that it is as it was written.

It is one line behind the content, so that it goes wherever the file goes. Neither SQLite nor
`pg_restore` minds it: both know where their content ends.
"""

import hashlib
import hmac
import os
import re
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO, Literal

from policies import errors
from policies.notices import notice, of_system

Voucher = Literal["ours", "others", "nobody"]
"""Who vouches for a file: the holder of a key of ours, of another key, or nobody: it is not signed."""

_HEAD = b"\nservicing-signature-1"
_FORM = re.compile(_HEAD + rb" ([0-9a-f]{16}) ([0-9a-f]{64}) ([0-9a-f]{64})\n")
"""The name of the key, the digest of the content, and the digest under the key."""

LENGTH = len(_HEAD) + 1 + 16 + 1 + 64 + 1 + 64 + 1
_CHUNK_BYTES = 1 << 20
_END_BYTES = LENGTH + 4096
"""Where a signature is looked for: one with something behind it fits nothing."""


def sign(path: Path, key: bytes) -> None:
    """Append the signature to a file that was just written; raises `OSError`."""
    with path.open("r+b") as file:
        content = hashlib.file_digest(file, "sha256").hexdigest()
        file.seek(0, os.SEEK_END)
        file.write(b" ".join([_HEAD, _name(key), content.encode(), _under(key, content)]) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def take_over(path: Path, to: Path, keys: Sequence[bytes]) -> Voucher:
    """Copy the content of a file, without its signature, to `to`, which is there and empty.

    What is looked through and used afterwards is this copy: whoever can still write the file changes
    nothing any more. `keys`: ours, the newest first. Raises `UnreadableFile` for what is no file, for
    a signature that does not fit the content, and where there is no room for the copy.
    """
    try:
        with _opened(path) as file, to.open("r+b") as copy:
            size = os.fstat(file.fileno()).st_size
            _want_room(path, to, size)
            line = _last_line(file, size)
            content = _copied(file, copy, size - len(line))
    except OSError as error:
        raise errors.UnreadableFile(path, of_system(error)) from None
    if not line:
        return "nobody"
    if not (found := _FORM.fullmatch(line)) or found[2].decode() != content:
        raise errors.UnreadableFile(path, notice("signature_does_not_fit"))
    key = next((each for each in keys if _name(each) == found[1]), None)
    if key is None:
        return "others"
    if not hmac.compare_digest(found[3], _under(key, content)):
        raise errors.UnreadableFile(path, notice("signature_does_not_fit"))
    return "ours"


def _name(key: bytes) -> bytes:
    """Tells keys apart, and nothing about them."""
    return hmac.digest(key, b"name", "sha256").hex()[:16].encode()


def _under(key: bytes, content: str) -> bytes:
    return hmac.digest(key, b"content " + content.encode(), "sha256").hex().encode()


def _opened(path: Path) -> BinaryIO:
    """The file itself; a pipe or a device, which might never end, is not waited for."""
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise errors.UnreadableFile(path, notice("no_regular_file"))
    return file


def _want_room(path: Path, to: Path, size: int) -> None:
    """A file may say that it is larger than any disk."""
    system = os.statvfs(to)
    if size > system.f_bavail * system.f_frsize:
        raise errors.UnreadableFile(path, notice("no_room_for_copy", bytes=size))


def _last_line(file: BinaryIO, size: int) -> bytes:
    """The signature, or what is left of one; empty: there is none."""
    file.seek(max(size - _END_BYTES, 0))
    end = file.read(_END_BYTES)
    begun = end.rfind(_HEAD)
    return end[begun:] if begun >= 0 else b""


def _copied(file: BinaryIO, to: BinaryIO, size: int) -> str:
    """The digest of the first `size` bytes, which stand in `to` afterwards."""
    digest, left = hashlib.sha256(), size
    file.seek(0)
    while left and (chunk := file.read(min(left, _CHUNK_BYTES))):
        digest.update(chunk)
        to.write(chunk)
        left -= len(chunk)
    to.flush()
    os.fsync(to.fileno())
    return digest.hexdigest()
