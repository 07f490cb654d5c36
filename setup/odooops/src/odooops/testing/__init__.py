"""setup/test: everything that can be tested on this machine, from nothing to a summary.

The tests never touch a running stack: they have a directory of their own beside the default state
(``<state>-test``), with a copy of the checkout, an environment with the test tools, a PostgreSQL
cluster for the addons' tests, and a whole stack for the end-to-end tests. Only the cache of downloads
is shared. As root, all but the end-to-end tests run as the unprivileged user of the stack.
"""
