"""Bytes: tensors of an architecture, quantization formats, KV cache, compute buffers, placing them on a machine."""
