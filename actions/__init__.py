"""Custom actions, one module a topic. The wording is the domain file's; the logic, where it is more than
reading the tracker, is `rapport`'s.
"""
