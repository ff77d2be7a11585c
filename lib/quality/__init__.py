"""Quality made comparable: what a quantization costs, from what was measured."""
