"""Progressive delivery, decided on plain values: the plan of a rollout, its evidence, and what follows."""
