"""The one function that every reason to retrain arrives at."""
