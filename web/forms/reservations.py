"""Reserving a vehicle, and ending that."""

from web.forms.city_form import CityForm


class ReservationForm(CityForm):
    """Says in which city the vehicle is."""
