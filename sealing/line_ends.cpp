#include "sealing/line_ends.h"

namespace govseal {
namespace {

constexpr std::size_t kBufferBytes = 64 * 1024;

}  // namespace

std::string_view line_end_change_name(LineEndChange change) noexcept {
  switch (change) {
    case LineEndChange::to_crlf:
      return "to_crlf";
    case LineEndChange::to_lf:
      return "to_lf";
  }
  return "";
}

void LineEndConverter::Side::flush() {
  hash.update(buffer);
  bytes += buffer.size();
  buffer.clear();
}

Digest LineEndConverter::Side::finish() {
  flush();
  return hash.finish();
}

void LineEndConverter::update(ByteSpan piece) {
  std::string_view text = text_of(piece);
  while (!text.empty()) {
    std::string_view const plain = text.substr(0, text.find_first_of("\r\n"));
    text.remove_prefix(plain.size());
    if (!plain.empty()) add_plain(plain);
    if (text.empty()) break;
    add_line_end(text.front());
    text.remove_prefix(1);
  }
  if (crlf_.buffer.size() >= kBufferBytes) crlf_.flush();
  if (lf_.buffer.size() >= kBufferBytes) lf_.flush();
}

void LineEndConverter::add_plain(std::string_view text) {
  if (cr_before_) lf_.buffer += '\r';
  cr_before_ = false;
  crlf_.buffer += text;
  lf_.buffer += text;
}

void LineEndConverter::add_line_end(char c) {
  bool const is_lf = c == '\n';
  if (is_lf && !cr_before_) crlf_.buffer += '\r';
  crlf_.buffer += c;
  if (is_lf) {
    lf_.buffer += '\n';  // A CR before it is left out.
  } else if (cr_before_) {
    lf_.buffer += '\r';  // The one before, which no LF followed.
  }
  cr_before_ = !is_lf;
}

std::optional<LineEndChange> LineEndConverter::finish(std::optional<std::uint64_t> bytes,
                                                      Digest const& sha256) {
  if (cr_before_) lf_.buffer += '\r';
  cr_before_ = false;
  Digest const crlf = crlf_.finish();
  Digest const lf = lf_.finish();
  bool const crlf_fits = crlf == sha256 && bytes.value_or(crlf_.bytes) == crlf_.bytes;
  bool const lf_fits = lf == sha256 && bytes.value_or(lf_.bytes) == lf_.bytes;
  crlf_.bytes = 0;
  lf_.bytes = 0;
  if (crlf_fits) return LineEndChange::to_crlf;
  return lf_fits ? std::optional(LineEndChange::to_lf) : std::nullopt;
}

std::optional<LineEndChange> find_line_end_change(std::string_view text,
                                                  std::optional<std::uint64_t> bytes,
                                                  Digest const& sha256) {
  LineEndConverter converter;
  for (std::size_t at = 0; at < text.size(); at += kBufferBytes) {
    converter.update(bytes_of(text.substr(at, kBufferBytes)));
  }
  return converter.finish(bytes, sha256);
}

bool can_be_line_ends(std::uint64_t actual, std::optional<std::uint64_t> expected) {
  if (!expected) return true;
  if (*expected == actual) return false;
  return *expected > actual ? *expected - actual <= actual : actual - *expected <= *expected;
}

}  // namespace govseal
