"""How many requests a second the site answers, next to a bare view served in the same way."""
