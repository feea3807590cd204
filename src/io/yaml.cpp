#include "io/yaml.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <sstream>

#include <yaml-cpp/eventhandler.h>
#include <yaml-cpp/yaml.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/stop.hpp"

namespace pigou {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kDeepest = 32;
constexpr std::size_t kLongest = std::size_t{16} << 20;
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

namespace {

/// Follows the parser before anything is kept. Where a text cannot begin (at a comma, say) it makes
/// empty documents without end and without moving on.
class Watcher : public YAML::EventHandler {
 public:
  explicit Watcher(const std::string& file) : file_(file) {}

  void OnDocumentStart(const YAML::Mark& mark) override {
    const bool stands_still = documents_ > 0 && mark.pos == at_.pos;
    if (stands_still)
      throw UserError(file_ + " line " + std::to_string(mark.line + 1) + ", column " +
                          std::to_string(mark.column + 1) + " cannot be read",
                      "no YAML value begins there", "correct it there");
    at_ = mark;
    if (++documents_ > 1)
      throw UserError(file_ + " holds more than one YAML document", "one is expected",
                      "keep one of them");
  }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override { count(); }
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override { count(); }
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {
    count();
  }
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {
    count();
  }
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {
    count();
  }
  void OnMapEnd() override {}

  int documents() const { return documents_; }

 private:
  void count() {
    if (++nodes_ > kMostNodes)
      throw UserError(file_ + " cannot be read", "it is larger than a configuration can be",
                      "check that it is the file you mean");
  }

  const std::string& file_;
  YAML::Mark at_;
  int documents_ = 0;
  std::size_t nodes_ = 0;
};

/// Throws UserError unless `text` is one document.
void count_documents(const std::string& text, const std::string& file) {
  std::istringstream in(text);
  YAML::Parser parser(in);
  Watcher watcher(file);
  while (parser.HandleNextDocument(watcher)) stop_if_asked();
  if (watcher.documents() == 0)
    throw UserError(file + " holds no YAML document", "one is expected", "write one");
}

}  // namespace

Json parse_yaml(const std::string& text, const std::string& file,
                std::span<const std::string_view> words) {
  if (text.size() > kLongest)
    throw UserError(file + " is not valid YAML", "it is larger than a configuration can be",
                    "check that it is the file you mean");
  try {
    count_documents(text, file);
    return Converter(file, words).value(YAML::Load(text), false, 0);
  } catch (const YAML::Exception& error) {
    throw UserError(file + " is not valid YAML",
                    "line " + std::to_string(error.mark.line + 1) + ", column " +
                        std::to_string(error.mark.column + 1) + ": " + error.msg,
                    "correct it there");
  }
}

}  // namespace pigou
