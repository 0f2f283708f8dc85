"""What people would use instead, timed as `bench/ours.ts` times the engine: one measurement a process.

python peers.py eager|compile|dpo|generate LAYERS,WIDTH,HEADS THREADS BATCH REPEATS

Prints one JSON line: milliseconds {min, median} a step (of `generate`: a token of every sequence),
and the process's peak resident memory in bytes. Needs torch, transformers, trl and datasets.
"""
import json
import os
import random
import resource
import sys
import tempfile
import time

os.environ.update(HF_HUB_OFFLINE="1", WANDB_DISABLED="true", TOKENIZERS_PARALLELISM="false")
import torch
import torch.nn.functional as F

VOCABULARY, TOKENS = 512, 64
what, size, threads, batch, repeats = sys.argv[1], sys.argv[2], *map(int, sys.argv[3:6])
layers, width, heads = map(int, size.split(","))
torch.set_num_threads(threads)
torch.manual_seed(0)


class Block(torch.nn.Module):
    def __init__(self):
        super().__init__()
        weight = lambda rows, columns: torch.nn.Parameter(torch.randn(rows, columns) * 0.02)
        self.before = torch.nn.Parameter(torch.ones(width))
        self.qkv, self.output = weight(width, 3 * width), weight(width, width)
        self.between = torch.nn.Parameter(torch.ones(width))
        self.up, self.down = weight(width, 4 * width), weight(4 * width, width)

    def forward(self, x):
        b, t, _ = x.shape
        heard = F.rms_norm(x, (width,), self.before, 1e-5) @ self.qkv
        q, k, v = heard.view(b, t, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
        mixed = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + mixed.transpose(1, 2).reshape(b, t, width) @ self.output
        return x + F.relu(F.rms_norm(x, (width,), self.between, 1e-5) @ self.up).square() @ self.down


class Decoder(torch.nn.Module):
    """The model of `deno task speed`: learned positions, squared ReLU, tied head."""

    def __init__(self):
        super().__init__()
        self.embed = torch.nn.Parameter(torch.randn(VOCABULARY, width) * 0.02)
        self.positions = torch.nn.Parameter(torch.randn(TOKENS, width) * 0.02)
        self.blocks = torch.nn.ModuleList(Block() for _ in range(layers))
        self.norm = torch.nn.Parameter(torch.ones(width))

    def forward(self, tokens, targets):
        x = self.embed[tokens] + self.positions
        for block in self.blocks:
            x = block(x)
        logits = F.rms_norm(x, (width,), self.norm, 1e-5) @ self.embed.T
        return F.cross_entropy(logits.view(-1, VOCABULARY), targets.view(-1))


def forward_backward(compiled):
    decoder = Decoder()
    run = torch.compile(decoder) if compiled else decoder
    tokens = torch.randint(0, VOCABULARY, (batch, TOKENS))
    targets = torch.randint(0, VOCABULARY, (batch, TOKENS))

    def step():
        decoder.zero_grad(set_to_none=True)
        run(tokens, targets).backward()

    return timed(step)


def llama():
    from transformers import LlamaConfig

    return LlamaConfig(
        vocab_size=VOCABULARY,
        hidden_size=width,
        intermediate_size=4 * width,
        num_hidden_layers=layers,
        num_attention_heads=heads,
        num_key_value_heads=heads,
        max_position_embeddings=128,
        tie_word_embeddings=True,
        bos_token_id=509,
        eos_token_id=None if what == "generate" else 510,
        pad_token_id=511,
    )


def dpo():
    from datasets import Dataset
    from tokenizers import Tokenizer, models, pre_tokenizers
    from transformers import LlamaForCausalLM, PreTrainedTokenizerFast, TrainerCallback
    from trl import DPOConfig, DPOTrainer

    words = {f"w{i}": i for i in range(508)} | {"<unk>": 508, "<s>": 509, "</s>": 510, "<pad>": 511}
    plain = Tokenizer(models.WordLevel(words, unk_token="<unk>"))
    plain.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    special = dict(unk_token="<unk>", bos_token="<s>", eos_token="</s>", pad_token="<pad>")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=plain, **special)
    chance = random.Random(0)
    text = lambda n: " ".join(f"w{chance.randrange(508)}" for _ in range(n))
    half = TOKENS // 2 - 1  # A start or stop token makes it whole.
    rows = [
        dict(prompt=text(half) + " ", chosen=text(half), rejected=text(half))
        for _ in range(batch * (repeats + 5))
    ]
    with tempfile.TemporaryDirectory() as directory:
        LlamaForCausalLM(llama()).save_pretrained(directory)
        tokenizer.save_pretrained(directory)
        load = lambda: LlamaForCausalLM.from_pretrained(directory)
        trainer = DPOTrainer(
            model=load(),
            ref_model=load(),
            args=DPOConfig(
                output_dir=directory,
                per_device_train_batch_size=batch,
                max_steps=repeats + 4,
                logging_steps=10**9,
                save_strategy="no",
                report_to=[],
                use_cpu=True,
                max_length=TOKENS,
                gradient_checkpointing=False,
                learning_rate=1e-4,
                bf16=False,
                disable_tqdm=True,
                dataloader_pin_memory=False,
            ),
            train_dataset=Dataset.from_list(rows),
            processing_class=tokenizer,
        )
        ends = []

        class Clock(TrainerCallback):
            def on_step_end(self, *_, **__):
                ends.append(time.perf_counter())

        trainer.add_callback(Clock())
        trainer.train()
    return [after - before for before, after in zip(ends, ends[1:])][3:]


def generate():
    from transformers import LlamaForCausalLM

    model = LlamaForCausalLM(llama()).eval()
    prompts = torch.randint(0, 500, (batch, TOKENS // 2))

    def step():
        with torch.no_grad():
            model.generate(
                prompts, max_new_tokens=TOKENS, do_sample=True, attention_mask=torch.ones_like(prompts)
            )

    return [seconds / TOKENS for seconds in timed(step)]


def timed(step):
    for _ in range(3):
        step()
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        step()
        seconds.append(time.perf_counter() - start)
    return seconds


programs = {
    "eager": lambda: forward_backward(False),
    "compile": lambda: forward_backward(True),
    "dpo": dpo,
    "generate": generate,
}
ms = sorted(1e3 * seconds for seconds in programs[what]())
peak = 1024 * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({"ms": {"min": ms[0], "median": ms[len(ms) // 2]}, "peak": peak}))
