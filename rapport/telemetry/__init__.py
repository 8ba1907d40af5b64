"""What is measured and traced of every stage of a turn: how long and how often, never of whom, nor a word of it."""
