"""The model: its columns, features, network, training and export."""
