// Most files of a run folder are small, so what counts is the number of system calls and
// allocations for each: one buffer and one hash context a thread, one read for a file that fits the
// buffer, and the held directory of the file before when the next one lies in it too.
#include "sealing/tree_hasher.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <numeric>
#include <optional>
#include <utility>

#include "sealing/file_pieces.h"

namespace govseal {
namespace {

constexpr unsigned kWidthMax = 16;

/// Largest first, ties by path. Files mostly come by path, and then their place decides a tie.
std::vector<std::size_t> hashing_order(std::span<HashJob const> files) {
  std::vector<std::size_t> order(files.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  auto const by_path = [files](std::size_t a, std::size_t b) {
    return files[a].path < files[b].path;
  };
  if (!std::is_sorted(order.begin(), order.end(), by_path)) {
    std::sort(order.begin(), order.end(), by_path);
  }
  std::stable_sort(order.begin(), order.end(), [files](std::size_t a, std::size_t b) {
    return files[a].expected.size > files[b].expected.size;
  });
  return order;
}

/// What all threads of one hash_tree() share.
struct Shared {
  Directory const& folder;
  std::span<HashJob const> files;
  std::vector<std::size_t> order;
  HashOptions const& options;
  std::stop_token const& stop;
  std::vector<Digest> digests;
  std::atomic<std::size_t> next{0};
  std::atomic<bool> over{false};  // changed, failed or stopped: no further file is begun
  std::mutex mutex;
  std::optional<ChangedWhileHashing> changed;  // guarded by mutex

  void set_changed(RelativePath const& path) {
    over = true;
    std::lock_guard const lock(mutex);
    // The first by path, so that what is reported depends less on timing.
    if (!changed || path.str() < changed->path) changed = ChangedWhileHashing{path.str()};
  }
};

/// One thread's part: takes the next file until none is left.
class Worker {
 public:
  explicit Worker(Shared& shared) : shared_(shared) {}

  /// An Error that leaves here ends the work of the others too.
  ~Worker() {
    if (!finished_) shared_.over = true;
  }

  void run() {
    while (!shared_.over) {
      std::size_t const at = shared_.next.fetch_add(1);
      if (at >= shared_.order.size()) break;
      std::size_t const index = shared_.order[at];
      if (!hash(shared_.files[index], shared_.digests[index])) break;
    }
    finished_ = true;
  }

 private:
  bool hash(HashJob const& job, Digest& digest) {
    auto const result = pieces_.read(
        open(job.path), job.expected, [this](ByteSpan piece) { hash_.update(piece); },
        shared_.options, shared_.stop);
    switch (result) {
      case PiecesResult::done:
        digest = hash_.finish();
        if (shared_.options.progress != nullptr) ++shared_.options.progress->files_done;
        return true;
      case PiecesResult::changed:
        shared_.set_changed(job.path);
        return false;
      case PiecesResult::stopped:
        shared_.over = true;
        return false;
    }
    return false;
  }

  /// The second file in a row of one directory is worth a handle of that directory.
  FileOrFailure open(RelativePath const& path) {
    std::string_view const text = path.str();
    auto const slash = text.rfind('/');
    if (slash == std::string_view::npos) return shared_.folder.open_found(path);
    std::string_view const parent = text.substr(0, slash);
    if (parent != parent_) {
      parent_ = parent;
      directory_ = nullptr;
      return shared_.folder.open_found(path);
    }
    if (!directory_) {
      auto opened = shared_.folder.open_directory(RelativePath::of(parent));
      if (auto const* failure = std::get_if<OpenFailure>(&opened)) return *failure;
      directory_ = std::get<std::unique_ptr<Directory>>(std::move(opened));
    }
    return directory_->open_found(RelativePath::of(text.substr(slash + 1)));
  }

  Shared& shared_;
  Sha256 hash_;
  PieceReader pieces_;
  std::string parent_;
  std::unique_ptr<Directory> directory_;
  bool finished_ = false;
};

}  // namespace

std::variant<std::vector<Digest>, ChangedWhileHashing, Stopped> hash_tree(
    Directory const& folder, std::span<HashJob const> files, TaskPool& pool,
    HashOptions const& options, std::stop_token const& stop) {
  Shared shared{.folder = folder,
                .files = files,
                .order = hashing_order(files),
                .options = options,
                .stop = stop,
                .digests = std::vector<Digest>(files.size()),
                .mutex = {},
                .changed = {}};
  unsigned const width =
      options.width != 0 ? options.width : std::min(pool.concurrency(), kWidthMax);
  std::size_t const workers = std::min<std::size_t>(width, files.size());
  parallel_for(pool, workers, width, stop, [&shared](std::size_t) { Worker(shared).run(); });
  if (shared.changed) return *std::move(shared.changed);
  // A token may also end the work before the first worker has begun.
  if (shared.over || shared.next < files.size()) return Stopped{};
  return std::move(shared.digests);
}

bool same_state(FileStat const& before, FileStat const& after) noexcept {
  return before.dev == after.dev && before.ino == after.ino && before.size == after.size &&
         before.mtime_ns == after.mtime_ns && before.ctime_ns == after.ctime_ns;
}

}  // namespace govseal
