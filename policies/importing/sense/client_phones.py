"""What is odd about the phones of a file's clients: told with their lines, and never guessed."""

import re
from collections.abc import Iterator, Mapping, Sequence

from policies.importing.book.rows import ClientRow
from policies.importing.book.upsert import SeenIds
from policies.importing.cells import phones
from policies.importing.files.tables import FileRow
from policies.importing.findings import Findings, Place

Phone = tuple[str, str]
"""In E.164, or as it was given where there is no such number."""

_NO_DIGIT = re.compile(r"\D")


class ClientPhones:
    """Looks at the phones of one file, a batch at a time."""

    def __init__(self, findings: Findings, country: str) -> None:
        """`country`: of the numbers that name none."""
        self.doubtful: list[int] = []
        """The places of the batch whose rows have to be told of each time."""
        self._findings, self._country = findings, country

    def take(
        self,
        rows: Sequence[FileRow],
        numbers: Sequence[str],
        said: Sequence[Phone],
        stored: Mapping[str, ClientRow],
        seen: SeenIds,
    ) -> list[Phone]:
        """The phones of the rows, of clients with these numbers; `seen`: of whom the file spoke before.

        `stored` are the clients as they are in the book.
        """
        self._tell_unusable(rows, numbers, said)
        taken, self.doubtful = list(said), []
        for place in self._astray(rows, numbers, said, stored):
            self.doubtful.append(place)
            was = stored[numbers[place]]
            taken[place] = was.phone, was.phone_given
        self._tell("phone_keeps_its_country", rows, numbers, self.doubtful)
        voiced = list(self._voiced(taken))
        self._tell("number_takes_no_sms", rows, numbers, _new(voiced, numbers, taken, stored, seen))
        return taken

    def _voiced(self, taken: Sequence[Phone]) -> Iterator[int]:
        """Where a number takes no text; the home country's own mobile numbers are seen at a glance."""
        if not (numbers := [e164 for e164, _ in taken if e164]):
            return
        if phones.are_mobiles_of(self._country, numbers):
            return
        is_mobile = phones.mobiles_of(self._country).fullmatch
        for place, (e164, _) in enumerate(taken):
            if e164 and not is_mobile(e164) and not phones.takes_sms(e164):
                yield place

    def _tell_unusable(
        self, rows: Sequence[FileRow], numbers: Sequence[str], said: Sequence[Phone]
    ) -> None:
        unusable = [place for place, (_, given) in enumerate(said) if given]
        bare = [place for place in unusable if phones.lacks_plus(said[place][1], self._country)]
        none_at_all = sorted(set(unusable) - set(bare))
        self._tell("unusable_phones", rows, numbers, none_at_all)
        self._tell("phone_lacks_its_plus", rows, numbers, bare)

    def _astray(
        self,
        rows: Sequence[FileRow],
        numbers: Sequence[str],
        said: Sequence[Phone],
        stored: Mapping[str, ClientRow],
    ) -> Iterator[int]:
        """Where a number of the book has lost its plus, and would become one of the book's country."""
        if not stored:
            return
        code = phones.calling_code(self._country)
        for place, (number, (e164, _)) in enumerate(zip(numbers, said, strict=True)):
            was = stored.get(number)
            if was is None or not e164 or e164 == was.phone or not was.phone:
                continue
            if e164 == code + was.phone[1:] and not _is_spelled_out(e164, rows[place]):
                yield place

    def _tell(
        self, code: str, rows: Sequence[FileRow], numbers: Sequence[str], places: Sequence[int]
    ) -> None:
        found = (Place(rows[place].line, numbers[place]) for place in places)
        self._findings.add(code, found, "phone")


def _is_spelled_out(e164: str, row: FileRow) -> bool:
    """Whether the row itself names the country of the number."""
    return any(_NO_DIGIT.sub("", cell).endswith(e164[1:]) for cell in row.cells)


def _new(
    places: Sequence[int],
    numbers: Sequence[str],
    taken: Sequence[Phone],
    stored: Mapping[str, ClientRow],
    seen: SeenIds,
) -> list[int]:
    """Those where the file speaks of a client for the first time, and says another number than the book.

    What is known is not told each night again.
    """
    first: dict[str, int] = {}
    for place in places:
        was = stored.get(numbers[place])
        if was is None or (was.phone != taken[place][0] and was.id not in seen):
            first.setdefault(numbers[place], place)
    return list(first.values())
