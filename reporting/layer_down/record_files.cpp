#include "reporting/layer_down/record_files.h"

#include <algorithm>
#include <set>
#include <tuple>
#include <utility>

#include "base/error.h"

// In the work tree anything may lie under a record's name. Only regular files are opened; links are
// never followed, and what is larger than a record can be is only hashed.

namespace govseal {
namespace {

// Beyond these nothing below records_dir is looked at: they keep a hostile tree from taking the
// evaluation's memory and time.
constexpr std::size_t kWorkTreeEntriesMax = 200'000;
constexpr unsigned kWorkTreeDepthMax = 64;
constexpr std::uint64_t kHashedBlobBytesMax = 64U << 20U;
constexpr std::string_view kRetiredDirectory = ".agent-admin/layer-down";

std::string directory_of(DispatchRules const& rules) {
  auto directory = rules.records_dir;
  while (directory.ends_with('/')) directory.pop_back();
  return directory;
}

/// Size and SHA-256 of a file, and its bytes when a record may be that large.
struct FileBytes {
  Digest sha256;
  std::optional<std::string> bytes;
};

FileBytes read_file(File const& file) {
  constexpr std::size_t kChunkBytes = 64U << 10U;
  FileBytes result;
  Sha256 hash;
  std::string bytes;
  std::string chunk(kChunkBytes, '\0');
  bool fits = true;
  for (std::uint64_t offset = 0;;) {
    auto count = file.read_at(reinterpret_cast<std::byte*>(chunk.data()), chunk.size(), offset);
    if (count == 0) break;
    offset += count;
    hash.update(std::string_view(chunk).substr(0, count));
    fits = fits && offset <= kDispatchRecordBytesMax;
    if (fits) bytes.append(chunk, 0, count);
  }
  result.sha256 = hash.finish();
  if (fits) result.bytes = std::move(bytes);
  return result;
}

class RecordFiles {
 public:
  RecordFiles(GitReader& git, DispatchRules const& rules, DispatchFacts& facts)
      : git_(git), directory_(directory_of(rules)), facts_(facts) {}

  void read_tree(CommitInfo const& tip) {
    auto list = list_files(git_, tip.tree, directory_);
    facts_.records_complete = list.complete;
    for (auto const& item : list.items) {
      auto name = item.path.substr(directory_.size() + 1);
      if (!note_other(name)) add_committed(name, item.entry);
    }
    read_retired(tip);
  }

  void read_work_tree(Directory const& top) {
    auto path = RelativePath::parse(directory_);
    if (!path || path->is_root()) return;
    auto opened = top.open_directory(*path);
    if (auto* records = std::get_if<std::unique_ptr<Directory>>(&opened)) {
      walk(**records, "", 0);
    }
    auto retired = top.open_directory(RelativePath::of(kRetiredDirectory));
    if (auto* directory = std::get_if<std::unique_ptr<Directory>>(&retired)) {
      for (auto const& entry : (*directory)->list()) {
        if (!is_legacy_name(entry.name)) continue;
        auto status = (*directory)->find(entry.name);
        if (status && status->kind != FileKind::directory) {
          legacy_.insert(std::string(kRetiredDirectory) + '/' + entry.name);
        }
      }
    }
  }

  void read_store(Directory const& store) {
    for (auto const& entry : store.list()) {
      auto status = store.find(entry.name);
      if (is_dispatch_record_name(entry.name) && status && status->kind != FileKind::directory) {
        add_file(store, entry.name, *status, RecordSource::store);
      }
    }
  }

  void finish() {
    std::sort(records_.begin(), records_.end(), [](RecordFile const& a, RecordFile const& b) {
      return std::tie(a.file, a.source) < std::tie(b.file, b.source);
    });
    // Equal name and bytes from two sources is one record, of the first source.
    auto same = [](RecordFile const& a, RecordFile const& b) {
      return a.file == b.file && a.sha256 && a.sha256 == b.sha256;
    };
    records_.erase(std::unique(records_.begin(), records_.end(), same), records_.end());
    facts_.records = std::move(records_);
    facts_.altered_records.assign(altered_.begin(), altered_.end());
    facts_.other_files.assign(other_.begin(), other_.end());
    facts_.legacy_files.assign(legacy_.begin(), legacy_.end());
    facts_.cache.records = std::move(used_);
  }

 private:
  using Content = std::variant<DispatchRecord, RecordDefect>;

  /// `name` is relative to records_dir. True: no record.
  bool note_other(std::string const& name) {
    bool direct = name.find('/') == std::string::npos;
    if (direct && is_dispatch_record_name(name)) return false;
    auto path = directory_ + '/' + name;
    (direct && is_legacy_name(name) ? legacy_ : other_).insert(std::move(path));
    return true;
  }

  void read_retired(CommitInfo const& tip) {
    for (auto const& item : list_files(git_, tip.tree, kRetiredDirectory).items) {
      auto name = std::string_view(item.path).substr(kRetiredDirectory.size() + 1);
      if (name.find('/') == std::string_view::npos && is_legacy_name(name)) {
        legacy_.insert(item.path);
      }
    }
  }

  void add_committed(std::string const& name, TreeEntry const& entry) {
    RecordFile record{name, RecordSource::tree, std::nullopt, RecordDefect::not_regular_file, {},
                      {}};
    if (entry.kind == EntryKind::regular || entry.kind == EntryKind::executable) {
      auto const& read = read_blob(entry.id);
      record.content = read.content;
      record.sha256 = read.sha256;
    } else if (entry.kind == EntryKind::symlink) {
      auto target = git_.read_blob(entry.id, kDispatchRecordBytesMax);
      auto const* text = target ? std::get_if<std::string>(&*target) : nullptr;
      if (text != nullptr) record.sha256 = sha256(*text);
    }
    committed_[name] = records_.size();
    records_.push_back(std::move(record));
  }

  DispatchFacts::Cache::ReadRecord const& read_blob(ObjectId const& id) {
    auto& slot = used_[id];
    auto known = facts_.cache.records.find(id);
    if (known != facts_.cache.records.end()) return slot = known->second;
    slot.content = RecordDefect::object_missing;
    auto blob = git_.read_blob(id, kHashedBlobBytesMax);
    if (!blob) return forget(id);
    auto const* text = std::get_if<std::string>(&*blob);
    if (text != nullptr) slot.sha256 = sha256(*text);
    if (text == nullptr || text->size() > kDispatchRecordBytesMax) {
      slot.content = RecordDefect::too_large;
    } else {
      slot.content = parse_dispatch_record(*text);
    }
    return slot;
  }

  /// A missing blob may come back, so it is looked for each time.
  DispatchFacts::Cache::ReadRecord const& forget(ObjectId const& id) {
    missing_ = used_[id];
    used_.erase(id);
    return missing_;
  }

  void walk(Directory const& directory, std::string const& prefix, unsigned depth) {
    for (auto const& entry : directory.list()) {
      if (++entries_ > kWorkTreeEntriesMax) return;
      auto status = directory.find(entry.name);
      if (!status) continue;
      auto name = prefix + entry.name;
      if (status->kind == FileKind::directory) {
        if (depth >= kWorkTreeDepthMax) continue;
        auto below = directory.open_directory(RelativePath::of(entry.name));
        if (auto* opened = std::get_if<std::unique_ptr<Directory>>(&below)) {
          walk(**opened, name + '/', depth + 1);
        }
      } else if (!note_other(name)) {
        auto committed = committed_.find(name);
        if (committed == committed_.end()) {
          add_file(directory, name, *status, RecordSource::worktree);
        } else if (is_altered(directory, records_[committed->second], *status)) {
          altered_.insert(name);
        }
      }
    }
  }

  bool is_altered(Directory const& directory, RecordFile const& committed, FileStat const& status) {
    auto const* defect = std::get_if<RecordDefect>(&committed.content);
    bool was_regular = defect == nullptr || *defect != RecordDefect::not_regular_file;
    if (was_regular != (status.kind == FileKind::regular)) return true;
    if (!was_regular || !committed.sha256) return false;
    auto opened = directory.open_file(RelativePath::of(committed.file));
    auto const* file = std::get_if<std::unique_ptr<File>>(&opened);
    return file != nullptr && read_file(**file).sha256 != *committed.sha256;
  }

  void add_file(Directory const& directory, std::string const& name, FileStat const& status,
                RecordSource source) {
    RecordFile record{name, source, std::nullopt, RecordDefect::not_regular_file, {}, {}};
    if (status.kind == FileKind::regular) {
      auto opened = directory.open_file(RelativePath::of(name));
      if (auto const* failure = std::get_if<OpenFailure>(&opened)) {
        if (*failure == OpenFailure::not_found) return;  // gone since it was listed
      } else {
        auto read = read_file(*std::get<std::unique_ptr<File>>(opened));
        record.sha256 = read.sha256;
        record.content =
            read.bytes ? parse_dispatch_record(*read.bytes) : Content(RecordDefect::too_large);
      }
    }
    records_.push_back(std::move(record));
  }

  GitReader& git_;
  std::string directory_;
  DispatchFacts& facts_;
  std::vector<RecordFile> records_;
  std::map<std::string, std::size_t> committed_;  // name -> index of records_
  std::set<std::string> altered_;
  std::set<std::string> other_;
  std::set<std::string> legacy_;
  std::unordered_map<ObjectId, DispatchFacts::Cache::ReadRecord> used_;
  DispatchFacts::Cache::ReadRecord missing_;
  std::size_t entries_ = 0;
};

}  // namespace

void read_record_files(GitReader& git, CommitInfo const& tip, RecordSources const& sources,
                       bool use_work_tree, DispatchRules const& rules, DispatchFacts& facts) {
  RecordFiles files(git, rules, facts);
  files.read_tree(tip);
  if (use_work_tree && sources.work_tree != nullptr) files.read_work_tree(*sources.work_tree);
  if (sources.store != nullptr) files.read_store(*sources.store);
  files.finish();
}

}  // namespace govseal
