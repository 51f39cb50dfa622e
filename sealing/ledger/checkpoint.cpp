#include "sealing/ledger/checkpoint.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"

namespace govseal {
namespace {

constexpr std::size_t kOriginBytesMax = 200;

/// Decimal without leading zeros.
std::optional<std::uint64_t> parse_size(std::string_view text) {
  if (text.empty() || (text.size() > 1 && text.front() == '0')) return std::nullopt;
  std::uint64_t size = 0;
  auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), size);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return size;
}

/// The text up to LF, which is removed with it; nullopt when there is no LF.
std::optional<std::string_view> take_line(std::string_view& text) {
  auto const end = text.find('\n');
  if (end == std::string_view::npos) return std::nullopt;
  auto const line = text.substr(0, end);
  text.remove_prefix(end + 1);
  return line;
}

bool take(std::string_view& text, std::string_view expected) {
  if (!text.starts_with(expected)) return false;
  text.remove_prefix(expected.size());
  return true;
}

}  // namespace

bool is_origin(std::string_view text) {
  if (text.empty() || text.size() > kOriginBytesMax) return false;
  bool const good = std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._:/-").find(c) != std::string_view::npos;
  });
  return good && !text.starts_with("SSHSIG") && !text.starts_with("DSSEv1") &&
         !text.starts_with("cosignature/") && !text.starts_with("govseal-key-");
}

std::string epoch_origin(std::string_view first_origin, std::uint64_t epoch) {
  std::string origin(first_origin);
  if (epoch >= 2) origin += "/e" + std::to_string(epoch);
  return origin;
}

std::string checkpoint_body(Checkpoint const& checkpoint) {
  return checkpoint.origin + '\n' + std::to_string(checkpoint.tree.size) + '\n' +
         to_base64(checkpoint.tree.root.span()) + '\n';
}

std::optional<Checkpoint> parse_checkpoint_body(std::string_view body) {
  auto const origin = take_line(body);
  auto const size_text = take_line(body);
  auto const root_text = take_line(body);
  if (!origin || origin->empty() || !size_text || !root_text) return std::nullopt;
  auto const size = parse_size(*size_text);
  auto const raw = from_base64(*root_text);
  auto const root = raw ? Digest::from_raw(*raw) : std::nullopt;
  if (!size || !root || (*size == 0 && *root != empty_root())) return std::nullopt;
  while (!body.empty()) {
    auto const extension = take_line(body);
    if (!extension || extension->empty()) return std::nullopt;
  }
  return Checkpoint{.origin = std::string(*origin), .tree = {*size, *root}};
}

std::string sign_checkpoint(Checkpoint const& checkpoint,
                            std::span<Ed25519PrivateKey const* const> keys) {
  std::string const body = checkpoint_body(checkpoint);
  std::vector<std::string> lines;
  for (auto const* const key : keys) lines.push_back(sign_note_line(checkpoint.origin, *key, body));
  return join_note(body, lines);
}

std::variant<Checkpoint, NoteError> open_checkpoint(std::string_view note,
                                                    std::span<VerifierKey const> keys) {
  auto parsed = parse_note(note);
  if (auto* const error = std::get_if<NoteError>(&parsed)) return std::move(*error);
  auto const& signed_note = std::get<SignedNote>(parsed);
  auto checkpoint = parse_checkpoint_body(signed_note.text);
  if (!checkpoint) {
    return NoteError{NoteError::Kind::malformed, "the note is not a checkpoint"};
  }
  auto verified = verify_note(signed_note, keys);
  if (auto* const error = std::get_if<NoteError>(&verified)) return std::move(*error);
  auto const& good = std::get<std::vector<std::size_t>>(verified);
  bool const by_origin = std::any_of(good.begin(), good.end(), [&](std::size_t i) {
    return keys[i].type == NoteKeyType::ed25519 && keys[i].name == checkpoint->origin;
  });
  if (!by_origin) {
    return NoteError{NoteError::Kind::unsigned_note, "no key of the origin has signed the note"};
  }
  return *std::move(checkpoint);
}

std::string write_checkpoint_line(CheckpointLine const& line) {
  return "{\"size\":" + std::to_string(line.tree.size) + ",\"root\":\"" + line.tree.root.hex() +
         "\",\"note\":\"" + to_base64(bytes_of(line.note)) + "\"}";
}

std::optional<CheckpointLine> parse_checkpoint_line(std::string_view line) {
  if (!take(line, "{\"size\":")) return std::nullopt;
  auto const comma = line.find(',');
  if (comma == std::string_view::npos) return std::nullopt;
  auto const size = parse_size(line.substr(0, comma));
  line.remove_prefix(comma);
  if (!size || !take(line, ",\"root\":\"")) return std::nullopt;
  auto const root = Digest::from_hex(line.substr(0, 64));
  if (!root) return std::nullopt;
  line.remove_prefix(64);
  if (!take(line, "\",\"note\":\"") || !line.ends_with("\"}")) return std::nullopt;
  auto const note = from_base64(line.substr(0, line.size() - 2));
  if (!note) return std::nullopt;
  auto const parsed = parse_note(*note);
  auto const* const signed_note = std::get_if<SignedNote>(&parsed);
  if (signed_note == nullptr) return std::nullopt;
  auto const checkpoint = parse_checkpoint_body(signed_note->text);
  if (!checkpoint || checkpoint->tree != TreeHead{*size, *root}) return std::nullopt;
  return CheckpointLine{.tree = checkpoint->tree, .note = *note};
}

}  // namespace govseal
