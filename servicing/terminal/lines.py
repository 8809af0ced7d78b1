"""Lines of the terminal, in a style. Rich takes a while to load: it is, where one is printed."""


def line(told: str = "", style: str = "") -> None:
    """Print a line as it is, or an empty one."""
    from rich.text import Text

    from servicing.core.consoles import console

    console().print(Text(told, style=style))
