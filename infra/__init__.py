"""What the pipeline runs on in the cloud, and what starts it there."""
