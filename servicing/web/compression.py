"""Text travels compressed, where that tells nobody what is in it.

The size of a compressed page tells whether what its reader was made to ask for also stands in the
page (BREACH). So a page whose address can bring in words of somebody else is sent as it is: one
with a query, one that is not there, one that answers a form. docs/pages.md says it to operators.
"""

import gzip
from functools import lru_cache

from flask import Response, request

from servicing.web.static_files import is_sent

SMALLEST = 1024
"""Bytes; less fits into one packet anyway."""

LEVEL = 6
"""Of a page: composed and compressed for one reader. A file is compressed once, as well as it can be."""

ENCODING = "gzip"


def compressed(response: Response) -> Response:
    """Compress what may be and is asked for; say to caches that this depends on who asks."""
    if not _is_text(response) or not (is_sent(response) or _is_plain_page(response)):
        return response
    response.vary.add("Accept-Encoding")
    if response.status_code == 200 and _is_asked_for():
        _compress(response)
    return response


def _is_plain_page(response: Response) -> bool:
    """Whether a whole page shows what we know, and nothing that its address says."""
    is_whole = response.status_code == 200 and not response.is_streamed
    is_large = (response.content_length or 0) >= SMALLEST
    is_looked_at = request.method in ("GET", "HEAD") and not request.query_string
    return is_whole and is_large and is_looked_at


def _is_text(response: Response) -> bool:
    return (response.mimetype or "").startswith("text/") and not response.content_encoding


def _is_asked_for() -> bool:
    """Whether the reader takes it; a part of a file (`Range`) is a part of the file as it is."""
    takes = request.accept_encodings.best_match([ENCODING, "identity"])
    return takes == ENCODING and "Range" not in request.headers


def _compress(response: Response) -> None:
    response.direct_passthrough = False
    text = response.get_data()
    response.set_data(_once(text) if is_sent(response) else gzip.compress(text, LEVEL, mtime=0))
    response.content_encoding = ENCODING
    response.headers.pop("Accept-Ranges", None)
    tag, _ = response.get_etag()
    if tag:
        response.set_etag(tag, weak=True)  # the same file, in other bytes


@lru_cache(maxsize=16)
def _once(text: bytes) -> bytes:
    """A file compressed as well as it can be, the first time that somebody asks for it."""
    return gzip.compress(text, 9, mtime=0)
