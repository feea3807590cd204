#include "model/catalogue.hpp"

#include <algorithm>
#include <cmath>
#include <iterator>

#include "core/error.hpp"
#include "model/roofline.hpp"
#include "model/shapes.hpp"
#include "model/step_row.hpp"

namespace pigou {
namespace {

std::string joined(const std::vector<std::string>& words) {
  std::string out;
  for (const auto& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

[[noreturn]] void bad_value(const std::string& what, const std::string& value,
                            const std::string& why, const std::string& suggestion) {
  throw UserError("cannot use " + what + " " + value, why, suggestion);
}

void check_parallel(const PoolModelRequest& request, const LlmShape& llm) {
  const auto heads = static_cast<std::uint32_t>(llm.heads);
  const std::string tp = std::to_string(request.tp);
  if (request.tp == 0 || heads % request.tp != 0)
    bad_value("tp", tp, llm.name + " has " + std::to_string(heads) + " attention heads",
              "give a tp that divides them, such as 1, 2, 4 or 8");
  const std::string ep = std::to_string(request.ep);
  if (request.ep == 1) return;
  if (llm.experts == 0) bad_value("ep", ep, llm.name + " has no experts", "leave ep at 1");
  if (request.ep != request.tp)
    bad_value("ep", ep, "experts are spread over the tp group as a whole, here tp " + tp,
              "give ep 1 or ep " + tp);
}

std::string checked_dtype(const PoolModelRequest& request, const LlmShape& llm) {
  const auto& known = llm.dtypes;
  if (std::find(known.begin(), known.end(), request.dtype) == known.end())
    bad_value("dtype", "'" + request.dtype + "'",
              "the catalogue has " + llm.name + " in " + joined(known),
              suggest_name(request.dtype, known));
  return request.dtype;
}

std::int64_t kv_value_bytes(const PoolModelRequest& request) {
  if (request.kv_dtype.empty() || request.kv_dtype == "bf16" || request.kv_dtype == "auto")
    return 2;
  if (request.kv_dtype == "fp8") return 1;
  bad_value("kv_dtype", "'" + request.kv_dtype + "'", "the KV cache is sized for bf16 or fp8",
            suggest_name(request.kv_dtype, {"bf16", "fp8"}));
}

void check_numbers(const PoolModelRequest& request) {
  if (request.max_step_tokens < 1 || request.max_step_tokens > 1'048'576)
    bad_value("max_step_tokens", std::to_string(request.max_step_tokens),
              "a step holds 1 to 1048576 tokens", "give a value in that range");
  if (!(request.host_step_s >= 0 && request.host_step_s <= 10))
    bad_value("host_step_s", std::to_string(request.host_step_s),
              "host time of a step lies in 0 to 10 s", "give a value in that range");
  if (!(request.gpu_memory_utilization > 0 && request.gpu_memory_utilization <= 1))
    bad_value("gpu_memory_utilization", std::to_string(request.gpu_memory_utilization),
              "it is a share of the GPU's memory", "give a value above 0, at most 1");
}

[[noreturn]] void uncovered(const std::string& key, const std::string& gpu,
                            const std::string& model) {
  const std::string prefix = gpu + "/" + model + "/";
  std::vector<std::string> covered;
  for (const auto& row : row_keys(prefix)) covered.push_back(row.substr(prefix.size()));
  std::string why = missing_reason(key);
  if (why.empty()) why = "no measured table covers it";
  why += covered.empty() ? "; this gpu and model have no row"
                         : "; covered for this gpu and model: " + joined(covered);
  throw UserError("no step-time row for " + key, why,
                  "choose a covered shape, or set allow_roofline to accept the unfitted roofline "
                  "(median error 26-65 %)");
}

void resolve_step(const PoolModelRequest& request, const GpuSpec& gpu, const LlmShape& llm,
                  const std::string& dtype, const KvSize& kv, PoolModel& pool) {
  auto& provenance = pool.provenance;
  provenance.gpu = gpu.name;
  provenance.model = llm.name;
  provenance.dtype = dtype;
  provenance.tp = request.tp;
  const std::string key = row_key(gpu.name, llm.name, request.tp, request.ep, dtype);
  if (auto row = find_row(key)) {
    const bool fp8_kv = request.kv_dtype == "fp8";
    if (fp8_kv && row->fp8_kv)
      std::copy(row->fp8_kv->begin(), row->fp8_kv->end(), std::begin(row->regimes));
    pool.step = integer_model(*row, llm, request.ep, request.max_step_tokens, request.host_step_s);
    provenance.kind = row->kind;
    provenance.source = row->source;
    provenance.note = row->note;
    for (std::size_t r = 0; r < 3; ++r) {
      provenance.median_error_percent[r] = row->regimes[r].median_error_percent;
      provenance.p95_error_percent[r] = row->regimes[r].p95_error_percent;
    }
    if (fp8_kv && !row->fp8_kv)
      provenance.note += "; attention times are those of a bf16 KV cache, only its size is fp8";
    return;
  }
  if (!request.allow_roofline) uncovered(key, gpu.name, llm.name);
  pool.step = roofline_model(gpu, llm, request.tp, request.ep, dtype, kv, request.max_step_tokens,
                             request.host_step_s);
  provenance.kind = "roofline";
  provenance.source = "catalogue figures of the GPU and shape of the model";
  provenance.note = kRooflineNote;
}

void resolve_memory(const PoolModelRequest& request, const GpuSpec& gpu, const LlmShape& llm,
                    const std::string& dtype, const KvSize& kv, PoolModel& pool) {
  const double weights = weight_bytes(llm, dtype);
  const double left =
      (request.gpu_memory_utilization * gpu.hbm_bytes - gpu.engine_overhead_bytes) * request.tp -
      weights;
  const auto gib = [](double bytes) { return std::to_string(std::llround(bytes / 1073741824.0)); };
  if (left < static_cast<double>(kv.per_token + kv.per_sequence))
    throw UserError(
        llm.name + " in " + dtype + " does not fit " + std::to_string(request.tp) + " x " +
            gpu.name,
        gib(weights) + " GiB of weights, " + gib(gpu.hbm_bytes * request.tp) + " GiB of memory",
        "raise tp, choose a smaller dtype or a larger GPU");
  pool.hbm_bytes = gpu.hbm_bytes;
  pool.kv_bytes_per_token = kv.per_token;
  pool.kv_bytes_per_sequence = kv.per_sequence;
  pool.weight_bytes = static_cast<std::uint64_t>(std::llround(weights));
  pool.kv_capacity_tokens = static_cast<std::uint64_t>(left / static_cast<double>(kv.per_token));
}

}  // namespace

PoolModel resolve_pool_model(const PoolModelRequest& request) {
  const GpuSpec gpu = find_gpu(request.gpu);
  const LlmShape llm = find_llm(request.model);
  check_parallel(request, llm);
  check_numbers(request);
  const std::string dtype = checked_dtype(request, llm);
  const KvSize kv = kv_size(llm, request.tp, kv_value_bytes(request));
  PoolModel pool;
  resolve_memory(request, gpu, llm, dtype, kv, pool);
  resolve_step(request, gpu, llm, dtype, kv, pool);
  pool.nic_bytes_per_s = gpu.nic_bytes_per_s;
  pool.large_gpu_defaults = gpu.large_gpu_defaults;
  return pool;
}

StepModel constant_step_model(SimTime step, std::int64_t max_step_tokens) {
  StepModel model;
  for (auto& table : model.token_ps)
    table.assign(static_cast<std::size_t>(max_step_tokens) + 1, step.ps);
  return model;
}

}  // namespace pigou
