"""What is watched once a model serves, and what follows from it."""
