// The catalogue of GPUs, LLMs and fitted step-time rows, and what a pool gets from it.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "model/step_model.hpp"

namespace pigou {

/// What one pool asks for. Names as in the catalogue ("h100", "llama-3.1-70b"), aliases allowed.
struct PoolModelRequest {
  std::string gpu;
  std::string model;
  std::string dtype = "bf16";  ///< weights and matrix work: bf16 | fp8 | ...
  std::string kv_dtype = "";   ///< empty: as dtype's default (bf16 KV)
  std::uint32_t tp = 1;
  std::uint32_t ep = 1;
  bool allow_roofline = false;          ///< use the roofline where no row covers the shape
  std::int64_t max_step_tokens = 8192;  ///< table length: tokens one step may hold
  double host_step_s = 0;               ///< host time added to each step (latency model's h)
  double gpu_memory_utilization = 0.9;
};

/// What the cluster needs to know about a pool's hardware and model.
struct PoolModel {
  StepModel step;
  StepModelProvenance provenance;
  std::uint64_t kv_bytes_per_token = 0;     ///< whole model, all TP ranks together
  std::uint64_t kv_bytes_per_sequence = 0;  ///< fixed part (sliding windows, state-space layers)
  std::uint64_t weight_bytes = 0;           ///< whole model
  std::uint64_t kv_capacity_tokens = 0;     ///< what is left for KV at gpu_memory_utilization
  double nic_bytes_per_s = 0;               ///< per GPU, a link has tp of them; 0: unknown
  double hbm_bytes = 0;                     ///< per GPU
  bool large_gpu_defaults = false;          ///< >= 70 GiB and not A100: vLLM's larger defaults
};

/// Loads the catalogue and resolves one pool. Throws UserError naming what is missing.
PoolModel resolve_pool_model(const PoolModelRequest& request);

/// A step model of constant duration whatever the batch, for queueing-theory tests.
StepModel constant_step_model(SimTime step, std::int64_t max_step_tokens);

/// Names for help, listings and nearest-name errors.
std::vector<std::string> catalogue_gpus();
std::vector<std::string> catalogue_models();

}  // namespace pigou
