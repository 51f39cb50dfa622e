#include "sealing/ledger/tlog_proof.h"

#include <charconv>

#include "base/bytes.h"

namespace govseal {
namespace {

constexpr std::string_view kFirstLine = "c2sp.org/tlog-proof@v1\n";
constexpr std::size_t kHashesMax = 63;

std::optional<std::string_view> take_line(std::string_view& text) {
  auto const end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto const line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

std::optional<std::uint64_t> parse_index_line(std::string_view line) {
  constexpr std::string_view key = "index ";
  if (!line.starts_with(key)) return std::nullopt;
  line.remove_prefix(key.size());
  if (line.empty() || (line.size() > 1 && line.front() == '0')) return std::nullopt;
  std::uint64_t index = 0;
  auto const [end, error] = std::from_chars(line.data(), line.data() + line.size(), index);
  if (error != std::errc() || end != line.data() + line.size()) return std::nullopt;
  return index;
}

/// Removes an `extra` line when there is one; false when it is malformed.
bool skip_extra(std::string_view& text) {
  constexpr std::string_view key = "extra ";
  if (!text.starts_with(key)) return true;
  auto const line = take_line(text);
  return line && from_base64(line->substr(key.size())).has_value();
}

}  // namespace

std::string write_tlog_proof(TlogProof const& proof) {
  std::string text(kFirstLine);
  text += "index " + std::to_string(proof.index) + '\n';
  for (auto const& hash : proof.path) text += to_base64(hash.span()) + '\n';
  text += '\n';
  text += proof.checkpoint;
  return text;
}

std::optional<TlogProof> parse_tlog_proof(std::string_view text) {
  if (!text.starts_with(kFirstLine)) return std::nullopt;
  text.remove_prefix(kFirstLine.size());
  if (!skip_extra(text)) return std::nullopt;
  auto const index_line = take_line(text);
  auto const index = index_line ? parse_index_line(*index_line) : std::nullopt;
  if (!index) return std::nullopt;
  TlogProof proof{.index = *index, .path = {}, .checkpoint = {}};
  for (;;) {
    auto const line = take_line(text);
    if (!line) return std::nullopt;
    if (line->empty()) break;
    auto const raw = from_base64(*line);
    auto const hash = raw ? Digest::from_raw(*raw) : std::nullopt;
    if (!hash || proof.path.size() == kHashesMax) return std::nullopt;
    proof.path.push_back(*hash);
  }
  proof.checkpoint = text;
  return proof;
}

}  // namespace govseal
