"""The numbers of a report as its page shows them, each with the address of what it counts."""

import re
from collections.abc import Iterator
from html import unescape

LINK = re.compile(r'<a class="reach" href="(/cases/reports/[^"]+)">(?:<span[^>]*>)?([^<]+)<')


def numbers(page: str) -> Iterator[tuple[str, int]]:
    """Of each number its address and what it says."""
    for address, told in LINK.findall(page):
        yield unescape(address), int(told)
