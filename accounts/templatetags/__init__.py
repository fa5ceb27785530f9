"""Answer what templates ask for: form fields, navigation, initials, places, names of third
parties."""
