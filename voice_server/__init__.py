"""The synthesis process: turns text into speech for every Rasa replica, over the Wyoming protocol.

Text is cut at clauses, written out as it is spoken, and each clause goes down a ladder of voices. Start it with
`python -m voice_server --uri unix://var/voice.sock`.
"""
