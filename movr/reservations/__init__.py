"""Reservations: a vehicle is kept for one rider for a few minutes."""
