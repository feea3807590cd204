// JSON for traces: simdjson's tree parser, which checks every byte it is given and picks the
// machine's vector unit at run time. Only the few files that read traces include this.
#pragma once

#include <simdjson.h>

#include <string_view>

namespace pigou {

using JsonElement = simdjson::dom::element;
using JsonObject = simdjson::dom::object;
using JsonArray = simdjson::dom::array;

/// One parser, reused from document to document; an element lives until the next parse.
class JsonParser {
 public:
  /// Parses `text`, which must have kTextPadding readable bytes behind it. False, with `fault` set
  /// to simdjson's words, when the text is not one JSON document.
  bool parse(std::string_view text, JsonElement& document, const char*& fault) {
    const auto code = parser_.parse(text.data(), text.size(), false).get(document);
    if (code == simdjson::SUCCESS) return true;
    fault = simdjson::error_message(code);
    return false;
  }

 private:
  simdjson::dom::parser parser_;
};

}  // namespace pigou
