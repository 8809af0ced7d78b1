"""Lines of the terminal, in a style. Rich takes a while to load: it is, where one is printed."""


def line(told: str = "", style: str = "") -> None:
    """Print a line as it is, or an empty one."""
    from rich.console import Console
    from rich.text import Text

    Console().print(Text(told, style=style))
