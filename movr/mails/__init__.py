"""Mails: what is promised to riders with a change, and sent after it."""
