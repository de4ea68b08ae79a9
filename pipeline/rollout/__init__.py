"""Rollouts driven from outside of the servers: a look at the evidence, and the decision that follows."""
