// The CUDA backend of a build without CUDA: it says so.
#include "core/error.hpp"
#include "scoring/batch.hpp"

namespace pigou {

std::string cuda_absence() { return "built without CUDA"; }

std::string scoring_backend() { return "cpu"; }

std::vector<ChoiceResult> choose_batch_cuda(const ScoreBatch&, const AnyCost&, const AnyChoice&) {
  throw UserError("the CUDA backend is not configured", "this pigou was built without CUDA",
                  "configure with -DPIGOU_CUDA=ON where nvcc is installed, or use the CPU backend");
}

}  // namespace pigou
