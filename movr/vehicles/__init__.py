"""Vehicles: the list, the map, and what owners do."""
