"""The rules of the architecture, each a function from a tree to the list of what breaks it.

A finding reads ``path:line: what is wrong``; an empty list means that the rule holds. The tests
run every rule twice: over this repository, and over a small tree that breaks it.
"""
