"""The routes, one blueprint a file. What several of them need is in web/."""
