"""What stands for the folder of a baseline that the champion's release has not recorded. Pure Python."""

NO_BASELINE = "none"
