"""ONNX files, the interchange format of today's frameworks."""
