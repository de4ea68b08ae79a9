"""What a server does with the requests beside answering them: divides, counts and records them."""
