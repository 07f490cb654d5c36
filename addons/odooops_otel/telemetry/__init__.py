"""The recorder inside an Odoo process: one file per thing instrumented.

Loaded server-wide, in processes and databases where the addon is not installed: nothing here
imports a model, but for those of base, which is always there.
"""
