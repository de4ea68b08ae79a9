"""The nodes of the pipeline that this project wrote: a folder a node, and what several of them share."""
