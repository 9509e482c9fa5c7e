"""Triton kernels of the fused network, for NVIDIA GPUs; `TRITON_INTERPRET=1` runs them on a CPU, for tests."""
