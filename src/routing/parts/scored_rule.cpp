#include "routing/parts/scored_rule.hpp"

namespace pigou {

void report_missing(const ColumnRead& read) {
  throw InternalError("a policy did not gather the column " +
                      std::string(words_of(read.column).name) + " (" + read.sentence +
                      "), which its cost reads");
}

}  // namespace pigou
