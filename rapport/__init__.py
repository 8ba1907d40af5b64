"""The domain library: speech, memory, privacy, personality.

Knows neither Rasa nor Sanic, and imports on Python 3.10 with neither environment's extras: an adapter
imports its library where it is chosen.
"""
