"""The service manual as a terminal shows it."""

from collections.abc import Iterable

from rich.console import Group
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from servicing.core import consoles
from servicing.desk.manual import ManualEntry
from servicing.terminal.words import word


def show_manual(entries: Iterable[ManualEntry], locale: str) -> None:
    """The service manual, a panel a touchpoint."""
    console = consoles.console()
    for each in entries:
        grid = Table.grid(padding=(0, 1))
        grid.add_column(style="dim", no_wrap=True)
        grid.add_column(overflow="fold")  # Chinese has no spaces to break at
        for name in ("purpose", "action", "tool", "script", "desk", "unless"):
            if value := getattr(each, name):
                grid.add_row(word(name, locale), Text(value))
        facts = " · ".join([each.when, each.kind, each.owner, each.message_class, each.scope])
        heading = f"[bold]{each.title}[/] [dim]{each.touchpoint}[/]"
        body = Group(Text(facts, style="cyan"), grid)
        console.print(Panel(body, title=heading, title_align="left", border_style="dim"))
