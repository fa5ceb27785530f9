"""How a language writes dates and times, where Django's own formats do not suit this site."""
