"""A small app that exists in tests only: a document with lines, a number, states and an approval, and what an upper floor adds to it.

It shows the kit at work without a word of the real business, and is written as every app should be.
"""
