// One text for a chat, so that it can be cut into blocks.
#pragma once

#include <string>

#include "io/simdjson_parser.hpp"

namespace pigou {

/// Writes the messages (a list of objects) to `text`: per message 0x01, role, 0x02, content, then
/// for every other member 0x04, its name, 0x02, its JSON, and 0x03. Content is text, null, or a
/// list of parts: a part {"type": "text", "text": ...} as 0x05 and its text, any other as 0x06 and
/// its JSON. So a chat that goes on begins with the text of the one it continues. False when the
/// element is something else.
bool chat_text(const JsonElement& messages, std::string& text);

}  // namespace pigou
