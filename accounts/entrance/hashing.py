"""Hash passwords by Argon2id (RFC 9106), at the cost that OWASP recommends."""

from django.contrib.auth.hashers import Argon2PasswordHasher


class PasswordHasher(Argon2PasswordHasher):
    """Take 19 MiB, twice over, in one thread (OWASP's Password Storage Cheat Sheet).

    Django's own cost is five times the memory in eight threads: some 240 ms, and 800 MiB for the
    eight people whom two workers let in at once, which anybody can ask for without an account.
    OWASP takes 46 MiB once over for as good: 60 ms, so that changing a password, which hashes
    twice, would take more than the 100 ms that a page may. Hashes of another cost are verified at
    that cost, and made anew when their owner signs in: accounts.models.User.renew_hash.
    """

    time_cost = 2
    memory_cost = 19 * 1024  # KiB
    parallelism = 1
