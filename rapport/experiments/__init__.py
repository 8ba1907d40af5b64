"""How conversations go: outcomes, and later what makes them better."""
