"""What was asked of the model server: from its request log to days that monitoring and training read."""
