"""Fine-tuning: pairs of sentences in, an adapter or a model out, by peft and transformers' Trainer."""
