"""What the world reaches us by: providers' webhooks, and the links in our mails."""
