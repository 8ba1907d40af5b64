"""Free answers: what a language model is asked, and what of its words may be said. Off unless one is set up."""
