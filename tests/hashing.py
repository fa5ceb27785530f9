"""How the passwords of the cast are hashed."""

from accounts.entrance.hashing import PasswordHasher


class QuickHasher(PasswordHasher):
    """As the site does, at the least cost that Argon2 takes."""

    time_cost = 1
    memory_cost = 8  # KiB
