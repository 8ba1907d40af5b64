"""The listening server: hears a whole utterance again, more slowly and better, over the Wyoming protocol.

Works in the `services` environment. Nothing that it hears is written down or kept.
"""
