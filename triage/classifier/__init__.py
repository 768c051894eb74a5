"""The model: features, prediction in ONNX, training, calibration, evaluation."""
