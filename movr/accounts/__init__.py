"""Accounts: sign-up, login, profiles and the sessions of devices."""
