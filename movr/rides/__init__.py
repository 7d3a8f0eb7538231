"""Rides: start, end and history."""
