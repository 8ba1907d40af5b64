"""The workshop: what lays the environments, fetches the models, runs, checks and tests the project.

`environment` and what it imports run on any Python from 3.8 on, without packages; the rest runs in `.venv/services`.
"""
