"""A plan of a company of its own."""

PLAN = """\
[[touchpoint]]
id = "tea"
title = { en = "Tea" }
kind = "basic"
owner = "task"
due = [{ months = 1 }]
"""
