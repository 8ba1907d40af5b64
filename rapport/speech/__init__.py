"""Hearing and speaking: audio values, voice activity, turns, recogniser and synthesiser ports with their adapters."""
