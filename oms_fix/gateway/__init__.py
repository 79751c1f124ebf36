"""Between FIX and the domain: messages to commands, events to messages, version by version."""
