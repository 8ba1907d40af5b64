"""What is remembered about a person: values, the port to where it is kept, recall."""
