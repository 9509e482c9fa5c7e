"""Converting a checkpoint: to 16 bit or quantised, shard by shard, safetensors out."""
