#include "io/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>

#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 32;
constexpr std::size_t kMostNodes = 1'000'000;

template <class... Words>
bool is_one_of(std::string_view text, Words... words) {
  return ((text == words) || ...);
}

bool all_of(std::string_view text, std::string_view characters) {
  return !text.empty() && text.find_first_not_of(characters) == std::string_view::npos;
}

/// Whole numbers: decimal with a sign or none, 0o and 0x without; discarded: it is none.
Json whole_number(std::string_view text) {
  const bool negative = text.starts_with('-');
  std::string_view digits = text;
  if (negative || text.starts_with('+')) digits.remove_prefix(1);
  int base = 10;
  if (text.starts_with("0x") || text.starts_with("0o")) {
    base = text[1] == 'x' ? 16 : 8;
    digits.remove_prefix(2);
  }
  std::uint64_t magnitude = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, magnitude, base);
  if (code != std::errc{} || stop != end) return Json(Json::value_t::discarded);
  if (!negative) return magnitude;
  if (magnitude > static_cast<std::uint64_t>(INT64_MAX)) return Json(Json::value_t::discarded);
  return -static_cast<std::int64_t>(magnitude);
}

Json decimal(std::string_view text) {
  std::string_view digits = text;
  if (digits.starts_with('+')) digits.remove_prefix(1);
  if (!all_of(digits, "0123456789.eE+-")) return Json(Json::value_t::discarded);
  double value = 0;
  const char* end = digits.data() + digits.size();
  const auto [stop, code] = std::from_chars(digits.data(), end, value);
  if (code != std::errc{} || stop != end) return Json(Json::value_t::discarded);
  return value;
}

bool is_null(std::string_view text) { return is_one_of(text, "", "~", "null", "Null", "NULL"); }

Json plain_scalar(const std::string& text) {
  if (is_null(text)) return nullptr;
  if (is_one_of(text, "true", "True", "TRUE")) return true;
  if (is_one_of(text, "false", "False", "FALSE")) return false;
  Json number = whole_number(text);
  if (number.is_discarded()) number = decimal(text);
  return number.is_discarded() ? Json(text) : number;
}

class Converter {
 public:
  Converter(const std::string& file, std::span<const std::string_view> words)
      : file_(file), words_(words) {}

  Json value(const YAML::Node& node, bool word, int depth) {
    if (depth > kDeepest || ++nodes_ > kMostNodes)
      reject(node.Mark(), "is too deep or too large", "write it out plainly");
    switch (node.Type()) {
      case YAML::NodeType::Scalar:
        return scalar(node, word);
      case YAML::NodeType::Sequence: {
        Json list = Json::array();
        for (const auto& member : node) list.push_back(value(member, word, depth + 1));
        return list;
      }
      case YAML::NodeType::Map:
        return mapping(node, depth);
      default:
        return nullptr;
    }
  }

 private:
  [[noreturn]] void reject(const YAML::Mark& mark, const std::string& why,
                           const std::string& suggestion) const {
    throw UserError(file_ + " line " + std::to_string(mark.line + 1) + ", column " +
                        std::to_string(mark.column + 1) + " cannot be read",
                    "what stands there " + why, suggestion);
  }

  Json scalar(const YAML::Node& node, bool word) const {
    const std::string& tag = node.Tag();  // "?": plain, "!": in quotes
    const std::string& text = node.Scalar();
    if (tag == "!" || tag == "tag:yaml.org,2002:str") return text;
    if (!tag.empty() && tag != "?") reject(node.Mark(), "has the tag " + tag, "leave it out");
    return word && !is_null(text) ? Json(text) : plain_scalar(text);
  }

  Json mapping(const YAML::Node& node, int depth) {
    Json object = Json::object();
    for (const auto& member : node) {
      if (!member.first.IsScalar())
        reject(member.first.Mark(), "is a key that is no word", "use plain words as keys");
      const std::string& key = member.first.Scalar();
      if (object.contains(key))
        reject(member.first.Mark(), "gives the key '" + key + "' twice", "keep one of them");
      const bool word = std::ranges::find(words_, key) != words_.end();
      object[key] = value(member.second, word, depth + 1);
    }
    return object;
  }

  const std::string& file_;
  std::span<const std::string_view> words_;
  std::size_t nodes_ = 0;
};

}  // namespace

Json parse_yaml(const std::string& text, const std::string& file,
                std::span<const std::string_view> words) {
  try {
    const std::vector<YAML::Node> documents = YAML::LoadAll(text);
    if (documents.size() != 1)
      throw UserError(file + " holds " + std::to_string(documents.size()) + " YAML documents",
                      "one is expected", "keep one of them");
    return Converter(file, words).value(documents.front(), false, 0);
  } catch (const YAML::Exception& error) {
    throw UserError(file + " is not valid YAML",
                    "line " + std::to_string(error.mark.line + 1) + ", column " +
                        std::to_string(error.mark.column + 1) + ": " + error.msg,
                    "correct it there");
  }
}

}  // namespace pigou
