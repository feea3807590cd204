// The CUDA backend: copies the columns over, launches, copies the choices back. Kernels live in
// kernels/score_choose_launcher.cu; this file is compiled by the host compiler.
#include <cuda_runtime_api.h>

#include "core/error.hpp"
#include "kernels/score_choose_launcher.hpp"
#include "scoring/batch.hpp"

namespace pigou {
namespace {

void check(cudaError_t code, const char* what) {
  if (code == cudaSuccess) return;
  throw UserError(std::string("the CUDA backend failed to ") + what, cudaGetErrorString(code),
                  "run with the CPU backend (CUDA_VISIBLE_DEVICES= selects it)");
}

/// Device memory with the contents of a host column; empty columns stay null.
template <class T>
class DeviceColumn {
 public:
  explicit DeviceColumn(std::size_t entries) {
    if (entries == 0) return;
    check(cudaMalloc(reinterpret_cast<void**>(&data_), entries * sizeof(T)), "allocate memory");
  }
  explicit DeviceColumn(const std::vector<T>& host) : DeviceColumn(host.size()) {
    if (host.empty()) return;
    check(cudaMemcpy(data_, host.data(), host.size() * sizeof(T), cudaMemcpyHostToDevice),
          "copy columns to the device");
  }
  ~DeviceColumn() { cudaFree(data_); }
  DeviceColumn(const DeviceColumn&) = delete;
  DeviceColumn& operator=(const DeviceColumn&) = delete;

  T* data() const { return data_; }

 private:
  T* data_ = nullptr;
};

/// Every column of a batch on the device.
struct DeviceBatch {
  explicit DeviceBatch(const ScoreBatch& host)
      : request_rows(host.request_rows),
        state_of(host.state_of),
        draws(host.draws),
        pools(host.pools),
        eligible(host.eligible)
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) , name(host.name)
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
  {
  }

  BatchView view(const BatchView& host) const {
    BatchView view = host;
    view.request_rows = request_rows.data();
    view.state_of = state_of.data();
    view.draws = draws.data();
    view.pools = pools.data();
    view.eligible = eligible.data();
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) view.name = name.data();
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
    return view;
  }

  DeviceColumn<RequestRow> request_rows;
  DeviceColumn<std::uint32_t> state_of;
  DeviceColumn<std::uint64_t> draws;
  DeviceColumn<PoolRow> pools;
  DeviceColumn<std::uint8_t> eligible;
#define PIGOU_COLUMN(id, name, type, whose, unit, sentence) DeviceColumn<type> name;
#include "kernels/columns.inc"
#undef PIGOU_COLUMN
};

}  // namespace

std::string cuda_absence() {
  int devices = 0;
  const cudaError_t code = cudaGetDeviceCount(&devices);
  if (code == cudaSuccess && devices > 0) return "";
  return std::string("no CUDA device (") +
         (code == cudaSuccess ? "none is visible" : cudaGetErrorString(code)) + ")";
}

std::string scoring_backend() {
  if (!cuda_absence().empty()) return "cpu";
  cudaDeviceProp properties{};
  check(cudaGetDeviceProperties(&properties, 0), "read the device's name");
  return std::string("cuda (") + properties.name + ")";
}

std::vector<ChoiceResult> choose_batch_cuda(const ScoreBatch& batch, const AnyCost& cost,
                                            const AnyChoice& choice) {
  if (const std::string absence = cuda_absence(); !absence.empty())
    throw UserError("the CUDA backend cannot run", absence, "use the CPU backend");
  const BatchView host = batch.view_for(cost);
  std::vector<ChoiceResult> results(batch.request_rows.size());
  if (results.empty()) return results;
  const DeviceBatch device(batch);
  const DeviceColumn<ChoiceResult> chosen(results.size());
  const BatchView view = device.view(host);
  std::visit([&](const auto& body, const auto& how) { launch(view, body, how, chosen.data()); },
             cost, choice);
  check(cudaGetLastError(), "launch");
  check(cudaMemcpy(results.data(), chosen.data(), results.size() * sizeof(ChoiceResult),
                   cudaMemcpyDeviceToHost),
        "copy choices back");
  return results;
}

}  // namespace pigou
