"""The forms of the site: what may be filled in, and what is said when it is wrong."""
