"""Declare every metric. docs/metrics.md, the dashboard and the alert rules are held to this.

Labels have few values, which are ours: no address of a page as it was typed, no client, no person.
"""

from accounts.metrics.kinds import Counter, Level, Reading, Timer

# --- Requests ---

REQUESTS = Counter(
    "latchkey_http_requests_total", "Requests that were answered.", "route", "method", "status"
)
REQUEST_SECONDS = Timer(
    "latchkey_http_request_duration_seconds",
    "How long the site took to answer.",
    "route",
    "method",
)
CONNECTIONS = Level("latchkey_server_connections", "Connections that are open.")
IN_PROGRESS = Level(
    "latchkey_server_requests_in_progress", "Requests that have a thread, or wait for one."
)
AWAY = Level(
    "latchkey_server_requests_away", "Requests that wait for somebody else, and take no thread."
)
THREADS = Level("latchkey_server_threads", "Threads that answer requests.")
WORKERS = Level("latchkey_server_workers", "Worker processes that are up.")

# --- What people and clients do ---

GRANTS = Counter(
    "latchkey_grants_total",
    "Token requests, by grant type and outcome: issued, or the error of RFC 6749.",
    "grant",
    "outcome",
)
SIGN_INS = Counter(
    "latchkey_sign_ins_total",
    "Sign-ins that were completed or refused, by their first step.",
    "way",
    "third_party",
    "outcome",
)
SIGN_UPS = Counter("latchkey_sign_ups_total", "Accounts that were made.", "way", "third_party")
SECOND_FACTORS = Counter(
    "latchkey_second_factors_total",
    "Passkeys and codes that were right or wrong, for signing in and for confirming.",
    "kind",
    "outcome",
)
LIMITS = Counter("latchkey_limit_refusals_total", "What was refused as it came too often.", "limit")
SECURITY_EVENTS = Counter(
    "latchkey_security_events_total", "Security events that were recorded.", "kind", "outcome"
)

# --- Work in the background ---

MAIL_WAITING = Level(
    "latchkey_mail_waiting", "Letters that wait in memory for a thread that sends them."
)
MAIL_ATTEMPTS = Counter("latchkey_mail_attempts_total", "Attempts to send a letter.", "outcome")
MAIL_LOST = Counter("latchkey_mail_lost_total", "Letters that will not be sent any more.")
LOGOUT_NOTICES = Counter(
    "latchkey_logout_notices_total",
    "Attempts to tell a client that a session has ended (back-channel logout).",
    "outcome",
)
LOGOUT_NOTICES_LOST = Counter(
    "latchkey_logout_notices_lost_total", "Clients that will not be told any more."
)
WEBHOOK_ATTEMPTS = Counter(
    "latchkey_webhook_attempts_total", "Attempts to deliver a message of a webhook.", "outcome"
)
TASKS_FINISHED = Counter(
    "latchkey_tasks_finished_total", "Background tasks that ended.", "task", "outcome"
)

# --- The database, as each process has it ---

DATABASE_OPENED = Counter(
    "latchkey_database_connections_opened_total", "Connections to PostgreSQL that were made."
)
DATABASE_IN_VAIN = Counter(
    "latchkey_database_connections_in_vain_total", "Requests that waited in vain for one."
)
DATABASE_REPLACED = Counter(
    "latchkey_database_connections_replaced_total", "Connections that ended under a statement."
)

# --- Read from the database when somebody asks: the same on every node ---

DATABASE_UP = Reading(
    "latchkey_database_up", "Whether the database answered this question in time."
)
TASKS = Reading("latchkey_tasks", "Background tasks in the database.", "task", "state")
TASKS_AGE = Reading(
    "latchkey_tasks_oldest_waiting_seconds", "For how long the first that is due waits.", "task"
)
CLEANUP_AT = Reading(
    "latchkey_cleanup_last_run_timestamp_seconds", "When it was last cleaned up.", "chore"
)
CLEANUP_SECONDS = Reading(
    "latchkey_cleanup_last_run_duration_seconds", "How long that took.", "chore"
)
CLEANUP_ROWS = Reading("latchkey_cleanup_last_run_rows", "How many rows that removed.", "chore")
CLEANUP_ROWS_TOTAL = Reading(
    "latchkey_cleanup_rows_total", "How many rows were ever removed.", "chore", kind="counter"
)
KEY_SINCE = Reading(
    "latchkey_signing_key_since_timestamp_seconds",
    "Since when the present key signs.",
    "algorithm",
)
KEY_NEXT = Reading(
    "latchkey_signing_key_next_timestamp_seconds",
    "From when on the next key signs, where one waits.",
    "algorithm",
)

# --- What runs ---

BUILD = Reading("latchkey_build_info", "The version that runs.", "version", "python", "django")
