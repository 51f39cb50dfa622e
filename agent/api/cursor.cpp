#include "agent/api/cursor.h"

#include "base/bytes.h"
#include "base/sha256.h"

namespace govseal {
namespace {

constexpr std::size_t kTagBytes = 8;

/// RFC 4648 section 5 without padding, so that a cursor needs no escaping in a target.
std::string to_url_text(std::string_view bytes) {
  std::string text = to_base64(bytes_of(bytes));
  while (text.ends_with('=')) text.pop_back();
  for (char& c : text) {
    if (c == '+') c = '-';
    if (c == '/') c = '_';
  }
  return text;
}

std::optional<std::string> from_url_text(std::string_view text) {
  std::string padded(text);
  for (char& c : padded) {
    if (c == '+' || c == '/' || c == '=') return {};
    if (c == '-') c = '+';
    if (c == '_') c = '/';
  }
  while (padded.size() % 4 != 0) padded += '=';
  return from_base64(padded);
}

}  // namespace

CursorBox::CursorBox(std::string secret) : secret_(std::move(secret)) {}

std::string CursorBox::tag(std::string_view list, std::string_view key) const {
  Sha256 hash;
  hash.update(secret_).update("\n").update(list).update("\n").update(key);
  return std::string(text_of(hash.finish().span()).substr(0, kTagBytes));
}

std::string CursorBox::encode(std::string_view list, std::string_view key) const {
  return to_url_text(tag(list, key).append(key));
}

std::optional<std::string> CursorBox::decode(std::string_view list, std::string_view cursor) const {
  auto const bytes = from_url_text(cursor);
  if (!bytes || bytes->size() < kTagBytes) return {};
  std::string key = bytes->substr(kTagBytes);
  if (bytes->compare(0, kTagBytes, tag(list, key)) != 0) return {};
  return key;
}

}  // namespace govseal
