"""Since when the book says that a payment of a premium has not come after all."""


def up(migrator, db):
    """Add the day; of what came back before it was kept nothing is known."""
    db.execute_sql("ALTER TABLE premium ADD COLUMN bounced_on DATE")
    db.execute_sql(
        "CREATE INDEX premium_bounced_on ON premium (bounced_on) WHERE bounced_on IS NOT NULL"
    )
