"""Tell others of security events as they happen: webhooks, as Standard Webhooks 1.0 says.

`subscriptions` made, checked, changed · `payload` what is told, and what is not · `signature` by
which a receiver knows us · `queue` from the table of events to deliveries, none left out ·
`sending` an attempt and what follows · `disabling` after a day in vain · `worker` all of that, in
turn.

Who records an event knows nothing of webhooks and pays nothing for them: `manage.py db_worker`
reads the events in their order, as security_events/settled.py says.
"""
