"""Static files: their URLs by content, the one style sheet, and compression."""
