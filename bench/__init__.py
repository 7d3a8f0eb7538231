"""Measurements of MovR, always of two things side by side in one run. Not shipped in the image."""
