"""Who waits for a call, as the call-back desk sees it: a line a client, and all of one call."""
