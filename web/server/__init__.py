"""What only web/gunicorn.py imports: the worker, its connections and the lines of the log."""
