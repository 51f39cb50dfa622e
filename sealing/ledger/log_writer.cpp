// The commit point is the fdatasync of checkpoints.log. Everything before it can be cut back as
// long as no signature has been made; after an error of a sync nothing can be known, because the
// kernel may have dropped the dirty pages, so the writer stops for good.
#include "sealing/ledger/log_writer.h"

#include <linux/fs.h>
#include <sys/ioctl.h>

#include <cerrno>

#include "base/error.h"

namespace govseal {
namespace {

constexpr std::uint32_t kFileMode = 0600;
constexpr std::uint32_t kClosedMode = 0400;
constexpr char const* kCheckpoints = "checkpoints.log";
constexpr char const* kCheckpoint = "checkpoint";
constexpr char const* kCheckpointTemporary = "checkpoint.tmp";

std::string joined_with_lf(std::vector<std::string> const& lines) {
  std::size_t size = 0;
  for (auto const& line : lines) size += line.size() + 1;
  std::string bytes;
  bytes.reserve(size);
  for (auto const& line : lines) {
    bytes += line;
    bytes += '\n';
  }
  return bytes;
}

/// The file system may not know the flag and the process may not set it: both are fine.
void try_make_immutable(int fd) {
  if (fd < 0) return;
  int flags = 0;
  if (::ioctl(fd, FS_IOC_GETFLAGS, &flags) != 0) return;
  flags |= FS_IMMUTABLE_FL;
  static_cast<void>(::ioctl(fd, FS_IOC_SETFLAGS, &flags));
}

}  // namespace

LogWriter::LogWriter(Place place, LogEnd end)
    : place_(std::move(place)),
      tiles_(place_.ledger),
      tree_(std::move(end.tree)),
      unsigned_leaves_(std::move(end.unsigned_leaves)),
      index_(std::move(end.index)),
      durable_(end.signed_line),
      published_(std::move(end.signed_line)),
      checkpoints_bytes_(end.checkpoints_bytes),
      last_leaf_(end.last_leaf) {}

std::uint64_t LogWriter::next_seq() const noexcept {
  return tree_.size() + unsigned_leaves_.size();
}

std::uint64_t LogWriter::room() const noexcept {
  return kSegmentRecords - next_seq() % kSegmentRecords;
}

LogWriter::Result LogWriter::commit(PreparedBatch batch) {
  GOVSEAL_ASSERT(stage_ == Stage::idle);
  GOVSEAL_ASSERT(!batch.lines.empty() && batch.lines.size() <= room());
  GOVSEAL_ASSERT(batch.lines.size() == batch.leaves.size());
  batch_ = std::move(batch);
  stage_ = Stage::lines;
  return resume();
}

LogWriter::Result LogWriter::resume() {
  GOVSEAL_ASSERT(stage_ != Stage::idle);
  auto const as_result = [](Stop& stop) {
    return std::visit([](auto& reason) -> Result { return std::move(reason); }, *stop);
  };
  if (stage_ == Stage::lines) {
    if (auto stop = write_lines()) return as_result(stop);
    sign();
    stage_ = Stage::checkpoint_line;
  }
  if (stage_ == Stage::checkpoint_line) {
    if (auto stop = commit_checkpoint()) return as_result(stop);
    stage_ = Stage::publish;
  }
  if (auto stop = publish()) return as_result(stop);
  finish();
  if (auto stop = close_full_segments()) return as_result(stop);
  return Committed{};
}

LogWriter::Stop LogWriter::write_lines() {
  if (auto stop = open_segment()) return stop;
  auto const name = "log/" + segment_name(segment_number_);
  std::uint64_t const before = index_.segment_bytes(segment_number_);
  auto const bytes = joined_with_lf(batch_.lines);
  if (auto const failed = attempt([&] { segment_->append(bytes_of(bytes)); })) {
    return cut_back(name, *failed, segment_.get(), before);
  }
  if (auto const failed = attempt([&] { segment_->sync_data(); })) return poison(name, *failed);
  return grow_tree();
}

LogWriter::Stop LogWriter::open_segment() {
  std::uint64_t const number = next_seq() / kSegmentRecords;
  if (segment_ && segment_number_ == number) return std::nullopt;
  segment_.reset();
  segment_number_ = number;
  auto const name = segment_name(number);
  auto const open = [&] {
    if (place_.log.find(name)) {
      segment_ = open_existing_append(place_.log, name);
      return;
    }
    auto created = place_.log.create_exclusive(name, kFileMode);
    auto* const file = std::get_if<std::unique_ptr<File>>(&created);
    if (file == nullptr) throw_errno(EEXIST, "create", name);
    segment_ = std::move(*file);
  };
  if (auto const failed = attempt(open)) return cut_back("log/" + name, *failed, nullptr, 0);
  // Also for a file that was there: the crash may have come before this sync.
  if (auto const failed = attempt([&] { place_.log.sync(); })) return poison("log", *failed);
  return std::nullopt;
}

LogWriter::Stop LogWriter::grow_tree() {
  std::vector<FullTile> full;
  auto const keep = [&full](FullTile const& tile) { full.push_back(tile); };
  grown_ = tree_;
  for (auto const& leaf : unsigned_leaves_) grown_.append(leaf, keep);
  for (auto const& leaf : batch_.leaves) grown_.append(leaf, keep);
  std::uint64_t const before = index_.segment_bytes(segment_number_);
  for (auto const& tile : full) {
    if (auto const failed = attempt([&] { tiles_.write(tile); })) {
      return cut_back("tile", *failed, segment_.get(), before);
    }
  }
  return std::nullopt;
}

void LogWriter::sign() {
  // Never two roots for one size, never a smaller size: what this batch extends must be what was
  // signed last.
  GOVSEAL_ASSERT(durable_.tree == tree_.head());
  GOVSEAL_ASSERT(grown_.size() > durable_.tree.size);
  next_.tree = grown_.head();
  Ed25519PrivateKey const* const keys[] = {&place_.key};
  next_.note = sign_checkpoint({.origin = place_.origin, .tree = next_.tree}, keys);
}

LogWriter::Stop LogWriter::commit_checkpoint() {
  if (!checkpoints_) {
    auto const open = [&] { checkpoints_ = open_existing_append(place_.ledger, kCheckpoints); };
    if (auto const failed = attempt(open)) return poison(kCheckpoints, *failed);
  }
  std::string const line = write_checkpoint_line(next_) + '\n';
  if (auto const failed = attempt([&] { checkpoints_->append(bytes_of(line)); })) {
    return cut_back(kCheckpoints, *failed, checkpoints_.get(), checkpoints_bytes_);
  }
  if (auto const failed = attempt([&] { checkpoints_->sync_data(); })) {
    return poison(kCheckpoints, *failed);
  }
  checkpoints_bytes_ += line.size();
  durable_ = next_;
  return std::nullopt;
}

LogWriter::Stop LogWriter::publish() {
  std::unique_ptr<File> file;
  auto const write = [&] {
    place_.ledger.unlink(kCheckpointTemporary);
    auto created = place_.ledger.create_exclusive(kCheckpointTemporary, kFileMode);
    auto* const made = std::get_if<std::unique_ptr<File>>(&created);
    if (made == nullptr) throw_errno(EEXIST, "create", kCheckpointTemporary);
    file = std::move(*made);
    file->append(bytes_of(next_.note));
  };
  if (auto const failed = attempt(write)) {
    return cut_back(kCheckpointTemporary, *failed, nullptr, 0);
  }
  if (auto const failed = attempt([&] { file->sync(); })) {
    return poison(kCheckpointTemporary, *failed);
  }
  auto const replace = [&] { place_.ledger.rename(kCheckpointTemporary, kCheckpoint); };
  if (auto const failed = attempt(replace)) return cut_back(kCheckpoint, *failed, nullptr, 0);
  if (auto const failed = attempt([&] { place_.ledger.sync(); })) {
    return poison(kCheckpoint, *failed);
  }
  return std::nullopt;
}

void LogWriter::finish() {
  for (auto const& line : batch_.lines) index_.add_line(line.size() + 1);
  last_leaf_ = batch_.leaves.back();
  tree_ = std::move(grown_);
  unsigned_leaves_.clear();
  published_ = std::move(next_);
  batch_ = {};
  stage_ = Stage::idle;
}

LogWriter::Stop LogWriter::close_full_segments() {
  for (; closed_segments_ < tree_.size() / kSegmentRecords; ++closed_segments_) {
    auto const name = segment_name(closed_segments_);
    auto const close = [&] {
      auto const file = open_existing(place_.log, name);
      if ((file->status().mode & 0777) == kClosedMode) return;
      file->set_mode(kClosedMode);
      try_make_immutable(file->native_handle());
    };
    auto const failed = attempt(close);
    if (failed && failed->error_number == EIO) return poison("log/" + name, *failed);
  }
  return std::nullopt;
}

LogWriter::Stop LogWriter::poison(std::string const& name, IoFailure const& failure) {
  return LedgerPoisoned{failure.operation, name, failure.error_number};
}

LogWriter::Stop LogWriter::cut_back(std::string const& name, IoFailure const& failure, File* file,
                                    std::uint64_t bytes) {
  if (!failure.is_no_space()) return poison(name, failure);
  if (file != nullptr) {
    if (auto const undone = attempt([&] { file->truncate(bytes); })) return poison(name, *undone);
  }
  return LedgerFull{failure.operation + " " + name};
}

}  // namespace govseal
