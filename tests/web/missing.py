"""What is said at each field that has to be filled in."""

MISSING = {
    "first_name": "Enter your first name.",
    "last_name": "Enter your last name.",
    "email": "Enter your email address.",
    "username": "Choose a username.",
    "password": "Choose a password.",
    "color": "Enter the colour.",
    "brand": "Enter the brand.",
    "location": "Describe where it's parked.",
}
