"""What a browser can ask for: a blueprint a file. What several of them need is in web/."""
