#include "trace/parse/named_csv.hpp"

#include <algorithm>

#include "io/csv_reader.hpp"

namespace pigou {

NamedCsv::NamedCsv(const std::string& path, std::string_view format,
                   std::span<const CsvColumn> columns)
    : lines_(path), columns_(columns) {
  std::vector<std::string> header;
  if (!lines_.next(line_) || !split_csv(line_, header) || header.size() > kMostColumns)
    reject_row({path, 1}, "the header is " + quote_field(line_), "names of columns are expected");
  width_ = header.size();
  fields_.resize(width_);
  for (const CsvColumn& column : columns) {
    const auto found = std::find(header.begin(), header.end(), column.name);
    position_.push_back(found == header.end() ? kAbsent
                                              : static_cast<std::size_t>(found - header.begin()));
    if (found == header.end() && column.required)
      throw UserError("'" + path + "' line 1: no column '" + std::string(column.name) + "'",
                      std::string(format) + " traces have it",
                      suggest_name(std::string(column.name), header));
  }
}

bool NamedCsv::next() {
  while (lines_.next(line_))
    if (!line_.empty()) return true;
  return false;
}

void NamedCsv::split() {
  std::size_t count = 0;
  if (line_.find('"') == std::string_view::npos) {
    count = split_csv_plain(line_, fields_);
  } else if (split_csv(line_, quoted_)) {
    count = quoted_.size();
    std::copy_n(quoted_.begin(), std::min(count, width_), fields_.begin());
  } else {
    reject_row(place(), "a quote is left open or followed by text", "\"...\" around a whole field");
  }
  if (count != width_)
    reject_row(place(), "the row has " + std::to_string(count) + " fields",
               std::to_string(width_) + " are expected, as in the header");
}

std::uint32_t NamedCsv::tokens(std::size_t column) const {
  std::uint64_t value = 0;
  if (!parse_whole(field(column), value) || value > kMaxTokens)
    reject_tokens(place(), columns_[column].name, quote_field(field(column)));
  return static_cast<std::uint32_t>(value);
}

TimeStamp NamedCsv::seconds(std::size_t column) const {
  TimeStamp stamp;
  if (!stamp_from_text(field(column), TimeUnit::kSecond, stamp) || stamp.seconds < 0)
    reject_time(place(), columns_[column].name, quote_field(field(column)),
                "a time of 0 or more in seconds");
  return stamp;
}

LabelWords::LabelWords(Trace& trace, const std::string& name) : trace_(trace) {
  trace.add_label(name);
  column_ = 0;
  while (trace.labels[column_].name != name) ++column_;
}

void LabelWords::add(std::string_view word) {
  LabelColumn& label = trace_.labels[column_];
  if (word.empty()) {
    label.code.push_back(kNoIndex);
    return;
  }
  if (!label.code.empty() && label.code.back() != kNoIndex &&
      label.values[label.code.back()] == word) {
    label.code.push_back(label.code.back());
    return;
  }
  const auto next = static_cast<std::uint32_t>(label.values.size());
  const auto [found, fresh] = codes_.try_emplace(std::string(word), next);
  if (fresh) label.values.emplace_back(word);
  label.code.push_back(found->second);
}

}  // namespace pigou
