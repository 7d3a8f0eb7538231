"""Measurements of MovR, each comparing two things in the same run. Not part of the image."""
