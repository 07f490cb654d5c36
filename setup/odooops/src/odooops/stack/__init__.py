"""The launcher of the local stack: standard library only, it runs before there is any environment.

``up.py`` calls the steps one after the other; each step (``packages``, ``odoo``, ``binaries``, ``venv``, ``postgres``,
``database``, ``supervisor``) can be called alone with a ``State``.
"""
