"""Whole engine steps composed from measured operator tables.

    step = L * (GEMMs + 2 all-reduce + attention + elementwise) + lm_head

with MoE or the MLA module in the place of what they replace. Elementwise kernels are analytic: a
launch floor plus bytes over HBM bandwidth. Left out: host time, sampler, the logits all-gather.
"""
import numpy as np

from fit.tables import Missing

# Measured floor of layernorm, rotary and activation kernels at one token: 2.3-2.7 us in
# profiles/llmservingsim (RTX PRO 6000, Llama-3.1-8B TP1).
ELEMENTWISE_FLOOR_MS = 0.0024
# Routing skew of the MoE tables: the mildest one that every GPU's table holds.
MOE_DISTRIBUTION = "power_law_1.01"
GEMM_DTYPE = {"bf16": "bfloat16", "fp8": "fp8", "mxfp4": "bfloat16"}
MOE_DTYPE = {"bf16": "bfloat16", "fp8": "fp8", "mxfp4": "w4a16_mxfp4"}


class Batch:
    """Random steps of one regime. Chunks of a step are equal; decode contexts enter by mean."""

    has_history_kernels = False

    def __init__(self, decodes, context, chunks, length, history):
        self.decodes, self.context = decodes, context
        self.chunks, self.length, self.history = chunks, length, history
        self.tokens = decodes + chunks * length
        self.sequences = decodes + chunks
        self.decode_context = decodes * context
        self.attention = chunks * length * (history + length / 2)
        self.prefill_context = chunks * history


class Composer:
    """Step time of one (GPU, model, tp, ep, dtype), with a KV cache of `kv_dtype`."""

    def __init__(self, system, gpu, model, tp, ep, dtype, kv_dtype="bfloat16"):
        self.kv_dtype = kv_dtype
        self.system, self.gpu, self.model = system, gpu, model
        self.tp, self.ep, self.dtype = tp, ep, dtype
        block = "mla" in model and dtype == "fp8"
        self.gemm_dtype = "fp8_block" if block else GEMM_DTYPE[dtype]
        self.moe_dtype = "fp8_block" if block else MOE_DTYPE[dtype]

    def gemm(self, m, n, k, dtype=None):
        return self.system.gemm(dtype or self.gemm_dtype, m, int(np.ceil(n)), int(np.ceil(k)))

    def elementwise(self, bytes_per_token, tokens):
        return ELEMENTWISE_FLOOR_MS + tokens * bytes_per_token / self.gpu["hbm_bytes_per_s"] * 1e3

    def step(self, batch):
        model, tokens = self.model, batch.tokens
        hidden = model["hidden"]
        layer = 2 * self.elementwise(8 * hidden, tokens)
        layer = layer + 2 * self.system.all_reduce(self.tp, tokens * hidden)
        layer = layer + self.attention_block(batch)
        moe = model.get("moe")
        dense_layers = model["layers"] if not moe else moe["dense_layers"]
        total = model["layers"] * layer
        if dense_layers:
            total = total + dense_layers * self.dense_ffn(tokens, model["intermediate"])
        if moe:
            total = total + (model["layers"] - dense_layers) * self.moe_ffn(tokens, moe)
        rows = np.maximum(batch.sequences, 1)
        return total + self.gemm(rows, model["vocab"] / self.tp, hidden, "bfloat16")

    def dense_ffn(self, tokens, intermediate):
        hidden, tp = self.model["hidden"], self.tp
        wide = (2 if self.model["gated"] else 1) * intermediate / tp
        return (self.gemm(tokens, wide, hidden) +
                self.gemm(tokens, hidden, intermediate / tp) +
                self.elementwise(2 * wide + 2 * intermediate / tp, tokens))

    def moe_ffn(self, tokens, moe):
        model = self.model
        tp, ep = (1, self.ep) if self.ep > 1 else (self.tp, 1)
        total = self.system.moe(self.moe_dtype, tokens, model["hidden"], moe["intermediate"],
                                moe["top_k"], moe["experts"], tp, ep, MOE_DISTRIBUTION)
        total = total + self.gemm(tokens, moe["experts"], model["hidden"], "bfloat16")
        total = total + self.elementwise(4 * moe["experts"], tokens)
        if moe["shared_experts"]:
            total = total + self.dense_ffn(tokens, moe["shared_experts"] * moe["intermediate"])
        return total

    def attention_time(self, batch):
        """The part of a step that grows with A and C."""
        if "mla" in self.model:
            return self.model["layers"] * self.mla_block(batch)
        return self.model["layers"] * self.windowed_kernels(batch)

    # -- attention --------------------------------------------------------------------------

    def attention_block(self, batch):
        if "mla" in self.model:
            return self.mla_block(batch)
        model, tp, tokens = self.model, self.tp, batch.tokens
        heads, dim = model["heads"] // tp, model["head_dim"]
        kv_heads = max(1, model["kv_heads"] // tp)
        width = (heads + 2 * kv_heads) * dim
        total = self.gemm(tokens, width, model["hidden"])
        total = total + self.gemm(tokens, model["hidden"], heads * dim)
        # Rotary embedding and the KV-cache write, then the norms of Q and K where there are any.
        total = total + self.elementwise(4 * width, tokens)
        if model["qk_norm"]:
            total = total + self.elementwise(4 * (heads + kv_heads) * dim, tokens)
        return total + self.windowed_kernels(batch)

    def windowed_kernels(self, batch):
        """Mean over the layers, some of which may attend to a window only."""
        model = self.model
        shape = (model["heads"] // self.tp, max(1, model["kv_heads"] // self.tp),
                 model["head_dim"])
        window = model.get("window", {"tokens": 0, "layers": 0})
        windowed = window["layers"] / model["layers"]
        total = (1 - windowed) * self.kernels(batch, *shape, 0)
        if windowed:
            total = total + windowed * self.kernels(batch, *shape, window["tokens"])
        return total

    def kernels(self, batch, heads, kv_heads, dim, window):
        total = np.zeros(len(batch.tokens))
        if batch.chunks.any():
            context = self.system.attention("context", heads, kv_heads, dim, window,
                                            self.kv_dtype)
            total = total + prefill(context, batch)
        if batch.decodes.any():
            generation = self.system.attention("generation", heads, kv_heads, dim, window,
                                               self.kv_dtype)
            total = total + generation(batch.decodes, batch.context)
        return total

    def mla_block(self, batch):
        heads = self.model["heads"] // self.tp
        total = np.zeros(len(batch.tokens))
        if batch.chunks.any():
            context = self.system.mla("context", heads, self.gemm_dtype, self.kv_dtype)
            total = total + prefill(context, batch)
        if batch.decodes.any():
            generation = self.system.mla("generation", heads, self.gemm_dtype, self.kv_dtype)
            time = generation(batch.decodes, batch.context)
            if batch.chunks.any():
                # Both modules read the same weights; a mixed step reads them once.
                one = np.ones(len(batch.tokens))
                time = np.maximum(0, time - generation(one, 2 * one))
            total = total + time
        return total


def prefill(sheet, batch):
    """Chunks with history: the tables start at position 0, so a chunk of n tokens after `history`
    costs attention(history + n) - attention(history), at least what it costs without history."""
    plain = sheet(batch.chunks, batch.length)
    late = sheet(batch.chunks, batch.history + batch.length)
    early = sheet(batch.chunks, np.maximum(batch.history, 1))
    return np.where(batch.history > 0, np.maximum(plain, late - early), plain)


def weight_bytes(model, dtype):
    expert = {"bf16": 2, "fp8": 1, "mxfp4": 4.25 / 8}[dtype]
    layer = 1 if dtype == "fp8" else 2
    return (model["layer_parameters"] * layer + model["expert_parameters"] * expert +
            model["embedding_parameters"] * 2)


def kv_bytes_per_token(model, tp):
    if "mla" in model:
        return model["layers"] * (model["mla"]["kv_lora"] + model["mla"]["rope"]) * 2 * tp
    layers = model["layers"] - model.get("window", {"layers": 0})["layers"]
    return layers * 2 * max(model["kv_heads"], tp) * model["head_dim"] * 2


def kv_tokens(gpu, model, tp, dtype):
    """KV capacity at 0.9 utilisation; raises Missing where the weights leave no room."""
    room = (0.9 * gpu["hbm_bytes"] - gpu["engine_overhead_bytes"]) * tp
    room -= weight_bytes(model, dtype)
    if room <= 0:
        raise Missing(f"memory: {weight_bytes(model, dtype) / 2**30:.0f} GiB of weights do not fit")
    return room / kv_bytes_per_token(model, tp)
