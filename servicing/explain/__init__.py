"""Why something was done or not done, or will be, and one client as a pack of evidence."""
