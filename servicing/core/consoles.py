"""The terminal as rich writes to it: what is shown steers nothing there, whoever wrote it into a book.

Rich takes a while to load, so this module is imported where something is printed.
"""

from collections.abc import Iterator

from rich.console import Console, ConsoleOptions, ConsoleRenderable, RenderHook
from rich.segment import Segment

from policies import controls


def console(*, is_error: bool = False) -> Console:
    """Standard output, or standard error."""
    made = Console(stderr=is_error)
    made.push_render_hook(_Inert())
    return made


class _Inert(RenderHook):
    """Sees to all that is printed."""

    def process_renderables(self, renderables: list[ConsoleRenderable]) -> list[ConsoleRenderable]:
        """What is printed in place of these."""
        return [_Shown(each) for each in renderables]


class _Shown:
    """Something as it is shown: only rich's own control codes reach the terminal."""

    def __init__(self, renderable: ConsoleRenderable) -> None:
        self._renderable = renderable

    def __rich_console__(self, on: Console, options: ConsoleOptions) -> Iterator[Segment]:
        for each in on.render(self._renderable, options):
            text = each.text if each.control else controls.inert(each.text)
            yield each if text is each.text else Segment(text, each.style)
