#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_system.h"
#include "tests/support/temp_directory.h"
#include "tests/watchers/recording_sink.h"
#include "tests/world/scripted_watcher.h"
#include "watchers/inotify_watcher.h"
#include "watchers/scan_watcher.h"

namespace govseal {

/// The present moment, for watchers under test.
[[nodiscard]] Instant present();
inline constexpr std::string_view kBootId = "0badcafe-0000-4000-8000-000000000000";

/// A watcher on a real directory, and a hand that changes it. The contract runs on each kind.
class Bench {
 public:
  virtual ~Bench() = default;
  [[nodiscard]] virtual Watcher& watcher() = 0;

  /// `<top>/<name>`, recursive.
  [[nodiscard]] WatchRoot root(std::string_view name) const;
  /// begin_arm, the crawl and finish_arm, with what waits after it.
  void arm(WatchRoot const& root);
  /// The crawl of a root that begin_arm must not refuse.
  [[nodiscard]] std::unique_ptr<Crawl> begin(WatchRoot const& root);
  /// Delivers everything that happened up to now to `sink`.
  virtual void look();

  // The hand. Paths are below `top`; the Scripted watcher is told of each change.
  void make_directory(std::string const& path);
  void make_directories(std::string const& path);
  void write(std::string const& path, std::string_view bytes);
  void append(std::string const& path, std::string_view bytes);
  void remove(std::string const& path);  // a file, or a tree
  void rename(std::string const& from, std::string const& to);
  void exchange(std::string const& one, std::string const& other);
  void set_mode(std::string const& path, unsigned mode);

  /// Loses events as this kind of watcher loses them; what happens before the next look is lost.
  virtual void lose_events() = 0;
  /// Bytes that no kernel writes; false: this watcher reads none.
  [[nodiscard]] virtual bool feed_garbage() = 0;
  /// A root that cannot be armed for want of a resource.
  [[nodiscard]] virtual WatchRoot refused_root() = 0;
  /// The filesystem on which cookies can be laid; nullopt: none on this rung.
  [[nodiscard]] virtual std::optional<FilesystemId> cookie_filesystem() { return std::nullopt; }
  /// Limits under which a call of drain delivers little, and how many things that is at most.
  [[nodiscard]] DrainLimits narrow() const;
  static constexpr std::size_t kNarrowMost = 400;

  [[nodiscard]] std::string path(std::string_view below) const { return directory / below; }

  TempDirectory directory;
  RecordingSink sink;

 protected:
  virtual void told(ScriptedWatcher::Change const&) {}
  DiskFileSystem files;
};

class InotifyBench final : public Bench {
 public:
  InotifyBench();
  [[nodiscard]] Watcher& watcher() override { return watcher_; }
  void lose_events() override;
  [[nodiscard]] bool feed_garbage() override;
  [[nodiscard]] WatchRoot refused_root() override;
  [[nodiscard]] std::optional<FilesystemId> cookie_filesystem() override;

  [[nodiscard]] InotifyWatcher& inotify() { return watcher_; }

 private:
  TempDirectory cookies_;
  InotifyWatcher watcher_;
};

class ScanBench final : public Bench {
 public:
  ScanBench();
  [[nodiscard]] Watcher& watcher() override { return watcher_; }
  void look() override;
  void lose_events() override;
  [[nodiscard]] bool feed_garbage() override { return false; }
  [[nodiscard]] WatchRoot refused_root() override;

  [[nodiscard]] ScanWatcher& scanner() { return watcher_; }
  /// One scan of every armed root.
  void scan();

 private:
  ScanWatcher watcher_;
};

class ScriptedBench final : public Bench {
 public:
  ScriptedBench();
  [[nodiscard]] Watcher& watcher() override { return watcher_; }
  void lose_events() override { watcher_.overflow(); }
  [[nodiscard]] bool feed_garbage() override;
  [[nodiscard]] WatchRoot refused_root() override;
  [[nodiscard]] std::optional<FilesystemId> cookie_filesystem() override { return FilesystemId{1}; }

  [[nodiscard]] ScriptedWatcher& scripted() { return watcher_; }

 private:
  void told(ScriptedWatcher::Change const& change) override { watcher_.tell(change); }
  ScriptedWatcher watcher_;
};

}  // namespace govseal
