"""Reports on cases: clocks that ended on a day, and those stopped since; checks of a day: by index."""


def up(migrator, db):
    """Make the indexes; a clock that runs has no day on which it was stopped."""
    db.execute_sql("CREATE INDEX case_clock_due ON case_clock (due_on, case_id)")
    db.execute_sql("CREATE INDEX case_clock_stopped ON case_clock (stopped_on, case_id)")
    db.execute_sql("CREATE INDEX check_result_day ON check_result (checked_on, check_id)")
