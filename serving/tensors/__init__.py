"""Signatures, and tensors in JSON and in protocol buffers, as server and client exchange them."""
