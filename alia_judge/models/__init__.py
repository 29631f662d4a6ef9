"""Which model answers: LiteLLM strings, any GGUF file, or a recorded bank."""
