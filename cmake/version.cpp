// The build's facts, compiled alone so that a new commit relinks little and recompiles one file.
#include "core/version.hpp"

#include "pigou_revision.hpp"

namespace pigou {

BuildFacts build_facts() {
  return {PIGOU_VERSION, PIGOU_REVISION, PIGOU_COMPILER, PIGOU_BUILD_TYPE, PIGOU_CUDA_VERSION};
}

}  // namespace pigou
