"""Whether the champion can be compared with, asked before anything is trained."""
