"""Manage people, their groups, third parties, security events, tasks, and the recovery of second
factors in Django admin, and show what the doctor finds."""

from accounts.admin import agents as _agents  # noqa: F401 (each registers its own)
from accounts.admin import doctor as _doctor  # noqa: F401
from accounts.admin import groups as _groups  # noqa: F401
from accounts.admin import invitations as _invitations  # noqa: F401
from accounts.admin import people as _people  # noqa: F401
from accounts.admin import security_events as _security_events  # noqa: F401
from accounts.admin import start as _start  # noqa: F401
from accounts.admin import tasks as _tasks  # noqa: F401
from accounts.admin import third_parties as _third_parties  # noqa: F401
from accounts.admin import webhooks as _webhooks  # noqa: F401
