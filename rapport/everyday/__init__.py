"""What people use an assistant for every day: lists and the like, as values and as they are said."""
