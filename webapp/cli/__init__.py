"""The command line: thin commands over the engine and the image builder. No models, no views."""
