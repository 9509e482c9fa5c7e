"""The entry of a Hugging Face Space, and of `make run`: the page, as the environment wants it.

HYMT_MODEL and HYMT_PRECISION choose what is loaded, HYMT_GPU_MEMORY how many GiB of a GPU it may take at most,
HYMT_KERNELS=reference the kernels of transformers and bitsandbytes; HYMT_HOST and HYMT_PORT say where the page
listens, HYMT_AUTH=USER:PASSWORD who may come in; HYMT_SHARE=1 makes a public link. HYMT_ALLOWED_HOSTS names, with
commas between, what else a page on a loopback address may be called, behind a proxy for example. HYMT_MODELS=start,
catalogue or any says what visitors may load, HYMT_CONTROL=everyone, users or nobody who may.
"""

from hymt.serving import serve_from_environment
from hymt.web.logs import set_up

if __name__ == "__main__":
    set_up()
    serve_from_environment()
