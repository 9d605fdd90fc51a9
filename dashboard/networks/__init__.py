"""Networks that can be looked into or asked, and what they answer."""
