"""The voice channel: the only code that imports Rasa and Sanic, and the terminal client that talks to it."""
