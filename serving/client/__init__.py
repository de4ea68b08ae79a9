"""What talks to a model server from outside, and starts one to talk to."""
