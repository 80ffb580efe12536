"""Troubles that several engines' logs word alike, since they stand on the same libraries: PyTorch and NCCL."""

from stress.engines.adapter import trouble

TORCH = (
    trouble(
        "out_of_gpu_memory",
        r"CUDA out of memory|HIP out of memory|torch\.OutOfMemoryError",
        "take a smaller model, a smaller ctx or np, or more GPUs",
    ),
    trouble(
        "nccl",
        r"NCCL error|Watchdog caught collective operation timeout|ncclSystemError|ncclUnhandledCudaError",
        "look at the links between the GPUs with `stress doctor`",
    ),
    trouble("port_in_use", r"address already in use", "choose another port"),
)
