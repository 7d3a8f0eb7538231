"""The forms of the site, their rules and the messages for wrong input."""
