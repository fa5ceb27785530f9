"""Write dates and times in a language where Django's own formats do not suit this site."""
