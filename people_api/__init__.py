"""What is kept about a person, as an HTTP API for that person: to see, change, export and erase it. One module a topic.

Each module has its routes and their models; who asks is settled in `access`, how often they may in `limits`, and what
went wrong is told by `problems`. Nothing here decides what may be kept or read: `rapport.people` does.
"""
