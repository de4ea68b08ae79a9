"""The machinery of training, which a fork with another Keras model keeps as it is."""
