"""The gate on data: may this be trained on?"""
