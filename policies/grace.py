"""Until when a premium may be paid: the end of grace, by product (domain.md §5.5).

It stands here twice: for one instalment in hand, and for the instalments of a statement. The two are
each other's property test, and nobody else adds days to a due date.
"""

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field

from policies import database, dialect, records
from policies.records import Record


class ProductGrace(Record, frozen=True):
    """The days of grace of a product that has a grace period of its own."""

    product: str
    days: int


PRODUCTS = "product_grace"
"""The table of those products, for as long as statements need it."""


@dataclass(frozen=True)
class Grace:
    """Days after a premium's due date in which cover continues."""

    days: int = 60
    by_product: Mapping[str, int] = field(default_factory=dict)
    """The same of the products that have another grace."""

    def days_of(self, product: str) -> int:
        """The days of a product's policies."""
        return self.by_product.get(product, self.days)

    def until(self, due_date: datetime.date, product: str) -> datetime.date:
        """The last day on which an instalment is paid in time."""
        return due_date + datetime.timedelta(days=self.days_of(product))

    # ------------------------------------------------------------------------------- in a statement

    def lay_down(self) -> None:
        """Put the products beside the book, for this connection alone."""
        records.make_table(PRODUCTS, ProductGrace)
        rows = (ProductGrace(product, days) for product, days in self.by_product.items())
        records.put(PRODUCTS, rows)
        database.execute(f"ANALYZE {PRODUCTS}")

    @staticmethod
    def clear_away() -> None:
        """Take the products away again, if they are there."""
        database.execute(f"DROP TABLE IF EXISTS {PRODUCTS}")

    @property
    def join(self) -> str:
        """What joins the products `g` to the policies `p`; empty where none has a grace of its own."""
        return f" LEFT JOIN {PRODUCTS} g ON g.product = p.product" if self.by_product else ""

    def ends(self, due_date: str) -> str:
        """`until`, of the instalments of a statement with that join."""
        days = f"COALESCE(g.days, {self.days})" if self.by_product else self.days
        return dialect.days_after(due_date, days)
