"""What only web/gunicorn.py imports: the worker, its connections and its log lines."""
