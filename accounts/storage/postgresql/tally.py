"""Count what this process has done to have connections, for config/metrics.py."""

from collections import Counter

OPENED = "opened"
IN_VAIN = "in_vain"  # a request waited for one until it gave up
REPLACED = "replaced"  # one ended under a statement, which was asked again

counts: Counter[str] = Counter()
