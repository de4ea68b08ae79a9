"""What several nodes share about spans: references, the store of ingested spans, and cached results."""
