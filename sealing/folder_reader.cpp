#include "sealing/folder_reader.h"

#include <algorithm>
#include <atomic>
#include <utility>
#include <variant>

#include "base/error.h"
#include "sealing/file_pieces.h"

namespace govseal {

FolderReader::FolderReader(Directory const& folder, TreeScan const& scan, HashOptions const& hash,
                           KnownDigest const& known, TaskPool* pool, std::stop_token const& stop)
    : folder_(folder),
      scan_(scan),
      options_(hash),
      known_(known),
      pool_(pool),
      stop_(stop),
      digests_(scan.entries.size()) {}

std::size_t FolderReader::index_of(ScanEntry const& entry) const noexcept {
  return static_cast<std::size_t>(&entry - scan_.entries.data());
}

ScanEntry const* FolderReader::regular(std::string_view path) const noexcept {
  ScanEntry const* const entry = scan_.find(path);
  return entry != nullptr && entry->stat.kind == FileKind::regular ? entry : nullptr;
}

std::string const* FolderReader::content(std::string_view path, std::uint64_t bytes_max) {
  if (auto const kept = contents_.find(path); kept != contents_.end()) {
    return kept->second.size() <= bytes_max ? &kept->second : nullptr;
  }
  ScanEntry const* const entry = regular(path);
  if (entry == nullptr || entry->stat.size > bytes_max || !ok()) return nullptr;
  std::string bytes;
  bytes.reserve(static_cast<std::size_t>(entry->stat.size));
  PieceReader pieces;
  auto const result = pieces.read(
      folder_.open_found(entry->path), entry->stat,
      [&bytes](ByteSpan piece) { bytes += text_of(piece); }, options_, stop_);
  changed_ = changed_ || result == PiecesResult::changed;
  stopped_ = stopped_ || result == PiecesResult::stopped;
  if (result != PiecesResult::done) return nullptr;
  digests_[index_of(*entry)] = sha256(bytes);
  return &contents_.emplace(std::string(path), std::move(bytes)).first->second;
}

void FolderReader::hash(std::span<ScanEntry const* const> entries) {
  std::vector<HashJob> jobs;
  std::vector<std::size_t> indexes;
  for (ScanEntry const* entry : entries) {
    std::optional<Digest>& digest = digests_[index_of(*entry)];
    if (!digest && known_) digest = known_(entry->path.str(), entry->stat);
    if (digest) continue;
    jobs.push_back({entry->path, entry->stat});
    indexes.push_back(index_of(*entry));
  }
  if (jobs.empty() || !ok()) return;
  GOVSEAL_ASSERT(pool_ != nullptr);
  auto hashed = hash_tree(folder_, jobs, *pool_, options_, stop_);
  changed_ = changed_ || std::holds_alternative<ChangedWhileHashing>(hashed);
  stopped_ = stopped_ || std::holds_alternative<Stopped>(hashed);
  auto const* const found = std::get_if<std::vector<Digest>>(&hashed);
  if (found == nullptr) return;
  for (std::size_t i = 0; i < indexes.size(); ++i) digests_[indexes[i]] = (*found)[i];
}

std::optional<Digest> const& FolderReader::digest(ScanEntry const& entry) const noexcept {
  return digests_[index_of(entry)];
}

std::optional<Digest> FolderReader::digest_of(ScanEntry const& entry) {
  ScanEntry const* const one[] = {&entry};
  hash(one);
  return digest(entry);
}

std::vector<std::optional<LineEndChange>> FolderReader::explain(
    std::span<LineEndQuestion const> questions) {
  std::vector<std::optional<LineEndChange>> answers(questions.size());
  if (questions.empty() || !ok()) return answers;
  GOVSEAL_ASSERT(pool_ != nullptr);
  std::atomic<bool> changed = false;
  std::atomic<bool> stopped = false;
  unsigned const width = options_.width != 0 ? options_.width : pool_->concurrency();
  parallel_for(*pool_, questions.size(), width, stop_, [&](std::size_t i) {
    LineEndQuestion const& question = questions[i];
    if (changed || !can_be_line_ends(question.entry->stat.size, question.bytes)) return;
    PieceReader pieces;
    LineEndConverter converter;
    auto const result = pieces.read(
        folder_.open_found(question.entry->path), question.entry->stat,
        [&converter](ByteSpan piece) { converter.update(piece); }, options_, stop_);
    if (result == PiecesResult::changed) changed = true;
    if (result == PiecesResult::stopped) stopped = true;
    if (result == PiecesResult::done)
      answers[i] = converter.finish(question.bytes, question.sha256);
  });
  changed_ = changed_ || changed;
  stopped_ = stopped_ || stopped || stop_.stop_requested();
  return answers;
}

}  // namespace govseal
