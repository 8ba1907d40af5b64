"""An ElevenLabs-compatible server for tests, demos and development without an account, which really speaks.

Start it with `python -m emulator --port 8123`. What it imitates, its switches and its faults: `docs/emulator.md`.
"""
