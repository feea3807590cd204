#include "trace/hashing/chat_text.hpp"

#include <sstream>
#include <string_view>

namespace pigou {
namespace {

constexpr char kMessage = '\x01', kValue = '\x02', kEnd = '\x03', kMember = '\x04';
constexpr char kText = '\x05', kPart = '\x06';

void append_json(std::string& text, const JsonElement& element) {
  std::ostringstream json;
  json << simdjson::minify(element);
  text += json.str();
}

bool append_part(std::string& text, const JsonElement& part) {
  JsonObject object;
  std::string_view type, words;
  if (part.get(object) != simdjson::SUCCESS) return false;
  const bool plain = object["type"].get(type) == simdjson::SUCCESS && type == "text" &&
                     object["text"].get(words) == simdjson::SUCCESS;
  text += plain ? kText : kPart;
  if (plain)
    text += words;
  else
    append_json(text, part);
  return true;
}

bool append_content(std::string& text, const JsonElement& content) {
  std::string_view words;
  JsonArray parts;
  if (content.is_null()) return true;
  if (content.get(words) == simdjson::SUCCESS) {
    text += words;
    return true;
  }
  if (content.get(parts) != simdjson::SUCCESS) return false;
  for (const JsonElement part : parts)
    if (!append_part(text, part)) return false;
  return true;
}

bool append_message(std::string& text, const JsonElement& message) {
  JsonObject object;
  JsonElement content;
  std::string_view role;
  if (message.get(object) != simdjson::SUCCESS) return false;
  if (object["role"].get(role) != simdjson::SUCCESS) return false;
  text += kMessage;
  text += role;
  text += kValue;
  if (object["content"].get(content) == simdjson::SUCCESS && !append_content(text, content))
    return false;
  for (const auto member : object) {
    if (member.key == "role" || member.key == "content") continue;
    text += kMember;
    text += member.key;
    text += kValue;
    append_json(text, member.value);
  }
  text += kEnd;
  return true;
}

}  // namespace

bool chat_text(const JsonElement& messages, std::string& text) {
  JsonArray list;
  text.clear();
  if (messages.get(list) != simdjson::SUCCESS) return false;
  for (const JsonElement message : list)
    if (!append_message(text, message)) return false;
  return true;
}

}  // namespace pigou
