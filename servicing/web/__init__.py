"""Pages for agents, managers and operations; providers' webhooks; the links in our mails."""
