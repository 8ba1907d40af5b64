"""Custom parts of Rasa's NLU pipeline, named in config.yml by module and class."""
