"""Rate limits: how often a person, a client or an address may try, and the answer beyond it."""
