"""The gate on serving: does a model server load the model and answer?"""
