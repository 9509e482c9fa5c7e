"""The entry of a Hugging Face Space, and of `make run`: the page, as the environment wants it.

HYMT_MODEL and HYMT_PRECISION choose what is loaded, HYMT_GPU_MEMORY how many GiB of a GPU it may take at most,
HYMT_KERNELS=reference the kernels of transformers and bitsandbytes; HYMT_HOST and HYMT_PORT say where the page
listens, HYMT_AUTH=USER:PASSWORD who may come in; HYMT_SHARE=1 makes a public link;
HYMT_MODELS=start, catalogue or any says what visitors may load, HYMT_CONTROL=everyone, users or nobody who may.
"""

import logging

from hymt.ui.serve import serve_from_environment

if __name__ == "__main__":
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    serve_from_environment()
