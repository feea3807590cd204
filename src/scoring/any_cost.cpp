#include "scoring/any_cost.hpp"

#include <algorithm>
#include <string>

#include "core/error.hpp"

namespace pigou {

ColumnReads reads_of(const AnyCost& cost) {
  return std::visit([](const auto& body) { return body.reads(); }, cost);
}

const ColumnRead* missing_column(const ColumnReads& reads, const InstanceColumns& columns) {
  const auto lacks = [&](const ColumnRead* read) { return !has_column(columns, read->column); };
  const ColumnRead* const* const found = std::find_if(reads.begin(), reads.end(), lacks);
  return found == reads.end() ? nullptr : *found;
}

void require_columns(const ColumnReads& reads, const InstanceColumns& columns) {
  if (const ColumnRead* missing = missing_column(reads, columns))
    throw InternalError("nobody brings the column " + std::string(words_of(missing->column).name) +
                        " (" + missing->sentence + "), which a cost reads");
}

}  // namespace pigou
