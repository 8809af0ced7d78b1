"""Refusals as a reader has them: the sentence behind the code, in English."""

import contextlib
import re
from collections.abc import Iterator

import pytest

from policies.errors import ServicingError
from policies.notices import Invalid, Notice
from servicing.core import i18n

Refusal = ServicingError | Invalid


def english(refusal: BaseException | Notice) -> str:
    """What a reader is told."""
    if isinstance(refusal, Notice):
        return i18n.sentence(refusal, "en")
    assert isinstance(refusal, ServicingError | Invalid)
    return i18n.sentence(refusal.notice, "en")


@contextlib.contextmanager
def refuses(
    kind: type[Refusal] | tuple[type[Refusal], ...], match: str = ""
) -> Iterator[pytest.ExceptionInfo[Refusal]]:
    """The block ends in a refusal of that kind, and its sentence has what matches."""
    with pytest.raises(kind) as caught:
        yield caught
    told = english(caught.value)
    assert re.search(match, told), told
