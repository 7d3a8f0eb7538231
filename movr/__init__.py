"""The lower floors of MovR: the data and what may be done with it.

`movr.movr.MovR` is the door. Nothing in this package knows of Flask or HTTP.
"""

from movr.movr import MovR

__all__ = ["MovR"]
