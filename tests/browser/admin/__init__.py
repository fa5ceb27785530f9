"""Every page of Django admin, in every state, in a browser.

A new page or state is one line in states.py: `of("its name", "name_of_the_address", at=...)` in the
list of its section. What has to be there first goes into a function of situations.py. A model's
list, form, history and deletion are there by themselves, from tests/accounts/admin/table.py. An
address that is in no state fails tests/browser/test_catalogue.py; one that shows no page stands in
NO_PAGES with the reason.
"""
