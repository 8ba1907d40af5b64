"""What makes the assistant a particular person's: how it speaks to them."""
