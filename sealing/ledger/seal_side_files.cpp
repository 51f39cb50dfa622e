#include "sealing/ledger/seal_side_files.h"

#include <algorithm>

#include "base/error.h"
#include "base/relative_path.h"
#include "sealing/ledger/log_files.h"
#include "sealing/ledger/ssh_signature.h"
#include "sealing/ledger/text_field.h"

namespace govseal {
namespace {

constexpr std::string_view kHashfile = "MANIFEST.sha256";
constexpr std::string_view kSignature = "MANIFEST.sha256.sig";
constexpr std::string_view kProof = "seal.tlog-proof";
constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kDirectoryMode = 0700;
constexpr std::size_t kPathBytesMax = 1024;
constexpr std::size_t kElementBytesMax = 255;
constexpr std::uint64_t kSideFileBytesMax = 1U << 30;

/// `seals/<repo>/<run>`, both as the record has them: the run in its encoded text.
RelativePath directory_of(SealPlace const& place) {
  auto const run = RelativePath::parse(encode_text(place.run));
  GOVSEAL_ASSERT(can_store_side_files(place.run) && run.has_value());
  return RelativePath::of("seals") / place.repo / *run;
}

}  // namespace

bool can_store_side_files(std::string_view run) {
  auto const path = RelativePath::parse(encode_text(run));
  if (!path || path->is_root() || path->str().size() > kPathBytesMax) return false;
  auto const elements = path->elements();
  return std::all_of(elements.begin(), elements.end(),
                     [](std::string_view element) { return element.size() <= kElementBytesMax; });
}

void write_seal_copy(Directory& state, SealPlace const& place, std::string_view hashfile_bytes,
                     Ed25519PrivateKey const& seal_key) {
  auto const directory = make_directories(state, directory_of(place), kDirectoryMode);
  auto const blob = make_ssh_signature(seal_key, kSealNamespace, hashfile_bytes);
  write_durably(*directory, kHashfile, bytes_of(hashfile_bytes), kFileMode);
  write_durably(*directory, kSignature, bytes_of(armor_ssh_signature(blob)), kFileMode);
}

void write_seal_proof(Directory& state, SealPlace const& place, std::string_view proof) {
  auto const directory = make_directories(state, directory_of(place), kDirectoryMode);
  write_durably(*directory, kProof, bytes_of(proof), kFileMode);
}

SideFiles read_side_files(Directory const& state, SealPlace const& place) {
  auto opened = state.open_directory(directory_of(place));
  auto* const directory = std::get_if<std::unique_ptr<Directory>>(&opened);
  if (directory == nullptr) return {};
  return {.hashfile = read_small(**directory, kHashfile, kSideFileBytesMax),
          .signature = read_small(**directory, kSignature, kSideFileBytesMax),
          .proof = read_small(**directory, kProof, kSideFileBytesMax)};
}

void remove_side_files(Directory& state, SealPlace const& place) {
  RelativePath const path = directory_of(place);
  auto opened = state.open_directory(path);
  auto* const directory = std::get_if<std::unique_ptr<Directory>>(&opened);
  if (directory == nullptr) return;
  for (auto const name : {kProof, kSignature, kHashfile}) {
    (*directory)->unlink(name);
    (*directory)->unlink(std::string(name) + ".tmp");
  }
  (*directory)->sync();
  for (RelativePath at = path; at.elements().size() > 1; at = at.parent()) {
    auto parent = state.open_directory(at.parent());
    auto const current = state.open_directory(at);
    if (!std::holds_alternative<std::unique_ptr<Directory>>(parent)) return;
    if (!std::holds_alternative<std::unique_ptr<Directory>>(current)) return;
    if (!std::get<std::unique_ptr<Directory>>(current)->list().empty()) return;
    std::get<std::unique_ptr<Directory>>(parent)->remove_directory(at.name());
  }
}

}  // namespace govseal
