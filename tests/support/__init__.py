"""What tests lean on: page checks, real servers, a bad network and a browser.

Nothing here knows MovR's tables, forms or pages; only standin_app imports the application.
"""
