"""The web floor of MovR: Flask, forms, pages. It reaches data only through `movr.MovR`."""
