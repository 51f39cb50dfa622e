#include "sealing/ledger/signed_note.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "base/sha256.h"
#include "base/utf8.h"

namespace govseal {
namespace {

constexpr std::string_view kLineStart = "\xE2\x80\x94 ";  // U+2014 and a space
constexpr std::size_t kKeyIdBytes = 4;
constexpr std::size_t kKeyIdDigits = 8;
constexpr std::size_t kTimeBytes = 8;

bool is_unicode_space(char32_t c) {
  return (c >= 0x09 && c <= 0x0d) || c == 0x20 || c == 0x85 || c == 0xa0 || c == 0x1680 ||
         (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f ||
         c == 0x3000;
}

template <typename Number>
std::string big_endian(Number number) {
  std::string bytes(sizeof number, '\0');
  for (std::size_t i = sizeof number; i-- > 0; number = static_cast<Number>(number >> 8)) {
    bytes[i] = static_cast<char>(number & 0xff);
  }
  return bytes;
}

std::uint64_t read_big_endian(std::string_view bytes) {
  std::uint64_t number = 0;
  for (char const c : bytes) number = number << 8 | static_cast<unsigned char>(c);
  return number;
}

std::string type_and_key(VerifierKey const& key) {
  std::string bytes(1, static_cast<char>(key.type));
  bytes.append(reinterpret_cast<char const*>(key.key.data()), key.key.size());
  return bytes;
}

NoteError malformed(std::string detail) {
  return {NoteError::Kind::malformed, std::move(detail)};
}

/// A signature line without its LF; nullopt when malformed.
std::optional<NoteSignature> parse_signature_line(std::string_view line) {
  if (!line.starts_with(kLineStart)) return std::nullopt;
  line.remove_prefix(kLineStart.size());
  auto const space = line.find(' ');
  if (space == std::string_view::npos) return std::nullopt;
  auto const name = line.substr(0, space);
  auto const bytes = from_base64(line.substr(space + 1));
  if (!is_note_name(name) || !bytes || bytes->size() <= kKeyIdBytes) return std::nullopt;
  auto const key_id = read_big_endian(std::string_view(*bytes).substr(0, kKeyIdBytes));
  return NoteSignature{.name = std::string(name),
                       .key_id = static_cast<std::uint32_t>(key_id),
                       .bytes = bytes->substr(kKeyIdBytes)};
}

bool verify_raw(VerifierKey const& key, std::string_view message, std::string_view signature) {
  Ed25519Signature raw;
  if (signature.size() != raw.size()) return false;
  std::copy(signature.begin(), signature.end(), raw.begin());
  return ed25519_verify(key.key, bytes_of(message), raw);
}

bool verify_signature(VerifierKey const& key, std::string_view text, std::string_view signature) {
  switch (key.type) {
    case NoteKeyType::ed25519:
      return verify_raw(key, text, signature);
    case NoteKeyType::cosignature: {
      if (signature.size() < kTimeBytes) return false;
      auto const time = read_big_endian(signature.substr(0, kTimeBytes));
      std::string const message =
          "cosignature/v1\ntime " + std::to_string(time) + "\n" + std::string(text);
      return verify_raw(key, message, signature.substr(kTimeBytes));
    }
  }
  return false;
}

}  // namespace

bool is_note_name(std::string_view name) {
  if (name.empty() || !is_utf8(name)) return false;
  while (!name.empty()) {
    unsigned const length = utf8_sequence_length(name);
    auto const c = utf8_decode(name.substr(0, length));
    if (c < 0x20 || c == U'+' || is_unicode_space(c)) return false;
    name.remove_prefix(length);
  }
  return true;
}

std::uint32_t VerifierKey::key_id() const {
  auto const digest = Sha256().update(name).update("\n").update(type_and_key(*this)).finish();
  return static_cast<std::uint32_t>(read_big_endian(text_of(digest.span()).substr(0, kKeyIdBytes)));
}

std::string VerifierKey::text() const {
  return name + '+' + to_hex(bytes_of(big_endian(key_id()))) + '+' +
         to_base64(bytes_of(type_and_key(*this)));
}

std::optional<VerifierKey> parse_vkey(std::string_view text) {
  auto const first = text.find('+');
  if (first == std::string_view::npos) return std::nullopt;
  auto const rest = text.substr(first + 1);
  if (rest.size() <= kKeyIdDigits || rest[kKeyIdDigits] != '+') return std::nullopt;
  auto const key_id = from_hex(rest.substr(0, kKeyIdDigits));
  auto const bytes = from_base64(rest.substr(kKeyIdDigits + 1));
  VerifierKey key{.name = std::string(text.substr(0, first))};
  if (!key_id || !bytes || !is_note_name(key.name)) return std::nullopt;
  if (bytes->size() != 1 + key.key.size()) return std::nullopt;
  auto const type = static_cast<NoteKeyType>(bytes->front());
  if (type != NoteKeyType::ed25519 && type != NoteKeyType::cosignature) return std::nullopt;
  key.type = type;
  std::copy(bytes->begin() + 1, bytes->end(), key.key.begin());
  if (read_big_endian(*key_id) != key.key_id()) return std::nullopt;
  return key;
}

std::variant<SignedNote, NoteError> parse_note(std::string_view bytes) {
  if (bytes.size() > SignedNote::kBytesMax) return malformed("the note is longer than 64 KiB");
  if (!is_utf8(bytes)) return malformed("the note is not UTF-8");
  bool const has_control = std::any_of(bytes.begin(), bytes.end(), [](char c) {
    return static_cast<unsigned char>(c) < 0x20 && c != '\n';
  });
  if (has_control) return malformed("the note has a control byte");
  auto const split = bytes.rfind("\n\n");
  if (split == std::string_view::npos) return malformed("the note has no empty line");
  auto signatures = bytes.substr(split + 2);
  if (signatures.empty() || signatures.back() != '\n') {
    return malformed("the note has no complete signature line");
  }
  SignedNote note{.text = std::string(bytes.substr(0, split + 1)), .signatures = {}};
  while (!signatures.empty()) {
    if (note.signatures.size() == SignedNote::kSignaturesMax) {
      return malformed("the note has more than 100 signature lines");
    }
    auto const end = signatures.find('\n');
    auto signature = parse_signature_line(signatures.substr(0, end));
    if (!signature) return malformed("a signature line of the note is malformed");
    note.signatures.push_back(*std::move(signature));
    signatures.remove_prefix(end + 1);
  }
  return note;
}

std::string sign_note_base64(std::string_view name, Ed25519PrivateKey const& key,
                             std::string_view text) {
  GOVSEAL_ASSERT(!text.empty() && text.back() == '\n');
  VerifierKey const verifier{.name = std::string(name), .key = key.public_key()};
  auto const signature = key.sign(bytes_of(text));
  std::string bytes = big_endian(verifier.key_id());
  bytes.append(reinterpret_cast<char const*>(signature.data()), signature.size());
  return to_base64(bytes_of(bytes));
}

std::string sign_note_line(std::string_view name, Ed25519PrivateKey const& key,
                           std::string_view text) {
  std::string line(kLineStart);
  line += name;
  line += ' ';
  line += sign_note_base64(name, key, text);
  line += '\n';
  return line;
}

std::string join_note(std::string_view text, std::span<std::string const> lines) {
  std::string note(text);
  note += '\n';
  for (auto const& line : lines) note += line;
  return note;
}

std::variant<std::vector<std::size_t>, NoteError> verify_note(SignedNote const& note,
                                                              std::span<VerifierKey const> keys) {
  std::vector<bool> seen(keys.size());
  std::vector<std::uint32_t> ids;
  for (auto const& key : keys) ids.push_back(key.key_id());
  std::vector<std::size_t> good;
  for (auto const& signature : note.signatures) {
    for (std::size_t i = 0; i < keys.size(); ++i) {
      if (keys[i].name != signature.name || ids[i] != signature.key_id || seen[i]) continue;
      seen[i] = true;
      if (!verify_signature(keys[i], note.text, signature.bytes)) {
        return NoteError{NoteError::Kind::wrong_signature,
                         "the signature of " + keys[i].text() + " is wrong"};
      }
      good.push_back(i);
    }
  }
  std::sort(good.begin(), good.end());
  if (good.empty()) {
    return NoteError{NoteError::Kind::unsigned_note, "no known key has signed the note"};
  }
  return good;
}

}  // namespace govseal
